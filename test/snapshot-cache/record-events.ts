import type { SnapshotCacheEvents } from '../../src/snapshot-cache/types.js'

export interface RecordedEvents extends SnapshotCacheEvents {
  readonly outcomes: string[]
  readonly storeStates: { readonly up: boolean; readonly reason: string }[]
  readonly operations: { readonly operation: string; readonly outcome: string; readonly durationMs: number }[]
  readonly unusable: string[]
}

/** Events that remember what was reported. */
export function recordEvents(): RecordedEvents {
  const outcomes: string[] = []
  const storeStates: { up: boolean; reason: string }[] = []
  const operations: { operation: string; outcome: string; durationMs: number }[] = []
  const unusable: string[] = []
  return {
    outcomes,
    storeStates,
    operations,
    unusable,
    refreshed: (outcome) => void outcomes.push(outcome),
    storeChanged: (up, reason) => void storeStates.push({ up, reason }),
    storeOperation: (operation, outcome, durationMs) => void operations.push({ operation, outcome, durationMs }),
    unusableEntry: (reason) => void unusable.push(reason),
  }
}
