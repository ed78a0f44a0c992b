import type { Clock } from '../../src/clock.js'

export interface FakeClock extends Clock {
  /** Advances by `ms` milliseconds: every sleeper wakes at its time, in order, and its continuations run first. */
  advance(ms: number): Promise<void>
  /** Moves the wall clock only, as an administrator or NTP would. */
  jumpWall(ms: number): void
}

/** Runs all pending continuations. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

export function createFakeClock({ wallMs = Date.UTC(2026, 0, 1) } = {}): FakeClock {
  let now = 0
  let wallOffset = wallMs
  let order = 0
  const sleepers = new Set<{ readonly at: number; readonly order: number; readonly wake: () => void }>()
  const nextBy = (end: number) =>
    [...sleepers].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at || a.order - b.order)[0]

  return {
    monotonicMs: () => now,
    wallMs: () => now + wallOffset,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) {
          reject(signal.reason)
          return
        }
        order += 1
        const abort = (): void => {
          sleepers.delete(sleeper)
          reject(signal?.reason)
        }
        const wake = (): void => {
          signal?.removeEventListener('abort', abort)
          resolve()
        }
        const sleeper = { at: now + ms, order, wake }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', abort)
      }),
    async advance(ms) {
      const end = now + ms
      await settle()
      for (let sleeper = nextBy(end); sleeper !== undefined; sleeper = nextBy(end)) {
        sleepers.delete(sleeper)
        now = Math.max(now, sleeper.at)
        sleeper.wake()
        await settle()
      }
      now = end
    },
    jumpWall(ms) {
      wallOffset += ms
    },
  }
}
