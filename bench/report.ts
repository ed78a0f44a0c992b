import { type Measurement, type Row, type Target, verdictOn } from './row.js'

export type Outcome =
  | { readonly row: Row; readonly kind: 'measured'; readonly measurement: Measurement }
  | { readonly row: Row; readonly kind: 'skipped' | 'failed'; readonly reason: string }

const marks = { goal: 'goal ', floor: 'floor', missed: 'MISS ' } as const

/** One line of the printed table. */
export function lineOf(outcome: Outcome): string {
  const { row } = outcome
  if (outcome.kind !== 'measured') return `${outcome.kind.padEnd(35)} ${row.name}: ${outcome.reason}`
  const { value } = outcome.measurement
  const { target } = row
  const limits = `floor ${sign(target)} ${format(target, target.floor)}, goal ${format(target, target.goal)}`
  return `${marks[verdictOn(target, value)]} ${format(target, value).padStart(8)} (${limits}) ${row.name}`
}

/** The entry in `reports/bench.json`. */
export function recordOf(outcome: Outcome): Record<string, unknown> {
  const { name, target } = outcome.row
  if (outcome.kind !== 'measured') return { name, target, [outcome.kind]: outcome.reason }
  const { value, detail } = outcome.measurement
  return { name, target, value, reached: verdictOn(target, value), detail }
}

export function format({ unit }: Pick<Target, 'unit'>, value: number): string {
  return unit === '×' ? `${value.toFixed(2)} ×` : `${value.toFixed(0)} ${unit}`
}

export function sign({ kind }: Target): string {
  return kind === 'at least' ? '≥' : '≤'
}
