import { parseArgs } from 'node:util'
import type { Effort } from './row.js'

export interface CommandLine {
  readonly effort: Effort
  /** Words of which one must be in a row's name; none for all rows. */
  readonly only: readonly string[]
  readonly quick: boolean
}

/** Throws for a flag there is not. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const { values } = parseArgs({
    args: [...args],
    options: { quick: { type: 'boolean', default: false }, rows: { type: 'string' }, rounds: { type: 'string' } },
  })
  const { quick } = values
  const rounds = Number(values.rounds ?? (quick ? 3 : 9))
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds wants a whole number, at least 1')
  return {
    quick,
    effort: { rounds, seconds: quick ? 1 : 2 },
    only: (values.rows ?? '').split(',').filter((word) => word !== ''),
  }
}
