import type { Clock } from '../../clock.js'

export interface KeepLoadedOptions {
  readonly clock: Clock
  /** Milliseconds until `load` is to be called; 0 or less: now. */
  readonly dueInMs: () => number
  /** Must not reject. */
  readonly load: () => Promise<void>
}

/** No faster than this, whatever `dueInMs` says. */
const leastPauseMs = 1000

/** Calls `load` whenever it is due, from `start` to `close`: an instance without requests needs keys to get any. */
export function keepLoaded({ clock, dueInMs, load }: KeepLoadedOptions): { start(): void; close(): void } {
  const closing = new AbortController()

  async function run() {
    while (!closing.signal.aborted) {
      if (dueInMs() <= 0) await load()
      await clock.sleep(Math.max(leastPauseMs, dueInMs()), closing.signal)
    }
  }

  return {
    start: () => void run().catch(() => undefined),
    close: () => closing.abort(),
  }
}
