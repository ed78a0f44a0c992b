import type { BenchEnvironment } from './bench-environment.js'

/** One row of the table: the measurement, its peer, and its target. */
export interface Row {
  readonly name: string
  readonly target: Target
  /** Programs that it requires. */
  readonly needs: readonly string[]
  measure(bench: BenchEnvironment, effort: Effort): Promise<Measurement>
}

export interface Target {
  readonly kind: 'at least' | 'at most'
  /** The minimum. */
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
  /** The underlying numbers, for the JSON and the text beside the table. */
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
