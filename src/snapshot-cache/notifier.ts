import { EventEmitter, once } from 'node:events'
import type { Clock } from '../clock.js'
import { withDeadline } from '../deadline.js'

export interface Notifier {
  /** The number of notifications so far. Read it before asking, so that none in between is missed. */
  count(): number
  notify(): void
  /** Resolves as soon as the count is above `seen`, after `ms` milliseconds at the latest. */
  waitBeyond(seen: number, ms: number): Promise<void>
}

export function createNotifier({ clock }: { clock: Clock }): Notifier {
  const emitter = new EventEmitter().setMaxListeners(0)
  let count = 0
  return {
    count: () => count,
    notify() {
      count += 1
      emitter.emit('notified')
    },
    async waitBeyond(seen, ms) {
      if (count > seen) return
      await withDeadline((signal) => once(emitter, 'notified', { signal }), ms, { clock }).catch(() => {})
    },
  }
}

/** Tracks promises that nobody awaits, so that closing can await them. */
export interface BackgroundWork {
  /** Returns the promise it was given. */
  track<R>(promise: Promise<R>): Promise<R>
  /** Resolves when everything tracked has settled. */
  idle(): Promise<void>
}

export function createBackgroundWork(): BackgroundWork {
  const work = new Set<Promise<unknown>>()
  return {
    track(promise) {
      work.add(promise)
      void promise.catch(() => {}).finally(() => work.delete(promise))
      return promise
    },
    async idle() {
      while (work.size > 0) await Promise.allSettled(work)
    },
  }
}
