import { parseArgs } from 'node:util'
import type { Effort } from './row.js'

export interface CommandLine {
  readonly effort: Effort
  /** A row is selected if its name contains one of these words; empty for all rows. */
  readonly only: readonly string[]
  readonly quick: boolean
}

/** Throws for an unknown flag. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const { values } = parseArgs({
    args: [...args],
    options: { quick: { type: 'boolean', default: false }, rows: { type: 'string' }, rounds: { type: 'string' } },
  })
  const { quick } = values
  const rounds = Number(values.rounds ?? (quick ? 3 : 9))
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds must be a whole number, at least 1')
  return {
    quick,
    effort: { rounds, seconds: quick ? 1 : 2 },
    only: (values.rows ?? '').split(',').filter((word) => word !== ''),
  }
}
