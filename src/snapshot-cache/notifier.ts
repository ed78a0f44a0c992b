import type { Clock } from '../clock.js'

export interface Notifier {
  /** How many times something has happened. Take it before asking, so that nothing slips by in between. */
  count(): number
  notify(): void
  /** Resolves as soon as something happened after the count was `seen`, at the latest after `ms` milliseconds. */
  waitBeyond(seen: number, ms: number): Promise<void>
}

export function createNotifier({ clock }: { clock: Clock }): Notifier {
  let happened = 0
  const waiting = new Set<() => void>()
  return {
    count: () => happened,
    notify() {
      happened += 1
      for (const wake of waiting) wake()
      waiting.clear()
    },
    async waitBeyond(seen, ms) {
      if (happened > seen) return
      const timer = new AbortController()
      const { promise, resolve } = deferred()
      waiting.add(resolve)
      clock.sleep(ms, timer.signal).then(resolve, () => {})
      await promise
      waiting.delete(resolve)
      timer.abort()
    },
  }
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {}
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
