import type { Stand } from './stand.js'

/** One line of the table: what is measured, against what, and what it should come to. */
export interface Row {
  readonly name: string
  readonly goal: Goal
  /** Programs it cannot do without. */
  readonly needs: readonly string[]
  measure(stand: Stand, effort: Effort): Promise<Measurement>
}

export interface Goal {
  readonly kind: 'at least' | 'at most'
  readonly value: number
  /** `×` for a ratio to the peer. */
  readonly unit: '×' | 'ms' | 'MB'
}

export interface Effort {
  readonly rounds: number
  readonly seconds: number
}

export interface Measurement {
  readonly value: number
  /** The numbers behind it, for the JSON and the text beside the table. */
  readonly detail: Readonly<Record<string, number>>
}

export function isMet({ kind, value: goal }: Goal, value: number): boolean {
  return kind === 'at least' ? value >= goal : value <= goal
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
