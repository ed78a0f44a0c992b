import type { Clock } from '../../src/clock.js'

/** A clock that stands still until told to go on. It wakes nobody who sleeps. */
export interface ManualClock extends Clock {
  advance(ms: number): void
  /** The wall clock alone jumps, as when it is set. */
  jumpWall(ms: number): void
}

export function createManualClock({ wallMs = Date.now() } = {}): ManualClock {
  let wall = wallMs
  let monotonic = 1000
  return {
    monotonicMs: () => monotonic,
    wallMs: () => wall,
    sleep: () => Promise.reject(new Error('nothing sleeps by this clock')),
    advance(ms) {
      wall += ms
      monotonic += ms
    },
    jumpWall(ms) {
      wall += ms
    },
  }
}
