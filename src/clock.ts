// The global `performance` is a getter, which would run on every reading (docs/performance.md).
import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'

/**
 * The only source of time. `monotonicMs` never jumps and is meaningful within this process alone;
 * `wallMs` is Unix time in milliseconds and may jump in either direction.
 */
export interface Clock {
  monotonicMs(): number
  wallMs(): number
  /** Resolves after `ms` milliseconds; rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  async sleep(ms, signal) {
    try {
      await delay(ms, undefined, signal ? { signal } : {})
    } catch (error) {
      signal?.throwIfAborted()
      throw error
    }
  },
}
