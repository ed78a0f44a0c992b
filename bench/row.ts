import type { Stand } from './stand.js'

/** One line of the table: what is measured, against what, and what it should reach. */
export interface Row {
  readonly name: string
  readonly target: Target
  /** Programs it cannot do without. */
  readonly needs: readonly string[]
  measure(stand: Stand, effort: Effort): Promise<Measurement>
}

export interface Target {
  readonly kind: 'at least' | 'at most'
  /** What must be reached. */
  readonly floor: number
  readonly goal: number
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

/** How a measured value compares with its target. */
export function verdictOn({ kind, floor, goal }: Target, value: number): 'goal' | 'floor' | 'missed' {
  const reaches = (limit: number) => (kind === 'at least' ? value >= limit : value <= limit)
  return reaches(goal) ? 'goal' : reaches(floor) ? 'floor' : 'missed'
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
