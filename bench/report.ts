import { isMet, type Goal, type Measurement, type Row } from './row.js'

export type Outcome =
  | { readonly row: Row; readonly kind: 'measured'; readonly measurement: Measurement }
  | { readonly row: Row; readonly kind: 'skipped' | 'failed'; readonly reason: string }

/** One line of the printed table. */
export function lineOf(outcome: Outcome): string {
  const { row } = outcome
  if (outcome.kind !== 'measured') return `${outcome.kind.padEnd(25)} ${row.name}: ${outcome.reason}`
  const { value } = outcome.measurement
  const mark = isMet(row.goal, value) ? 'ok  ' : 'MISS'
  return `${mark} ${format(row.goal, value).padStart(9)} ${sign(row.goal)} ${format(row.goal, row.goal.value).padEnd(7)} ${row.name}`
}

/** What `reports/bench.json` holds of it. */
export function recordOf(outcome: Outcome): Record<string, unknown> {
  const { row } = outcome
  if (outcome.kind !== 'measured') return { name: row.name, goal: row.goal, [outcome.kind]: outcome.reason }
  const { value, detail } = outcome.measurement
  return { name: row.name, goal: row.goal, value, met: isMet(row.goal, value), detail }
}

export function format({ unit }: Goal, value: number): string {
  return unit === '×' ? `${value.toFixed(2)} ×` : `${value.toFixed(0)} ${unit}`
}

export function sign({ kind }: Goal): string {
  return kind === 'at least' ? '≥' : '≤'
}
