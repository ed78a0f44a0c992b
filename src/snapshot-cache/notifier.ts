/** Wakes those who wait for another's result. */
export interface Notifier {
  /** Aborts at the next notification. Take it before asking, so that none in between is missed. */
  next(): AbortSignal
  notify(): void
}

export function createNotifier(): Notifier {
  let next = new AbortController()
  return {
    next: () => next.signal,
    notify() {
      next.abort()
      next = new AbortController()
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
