export interface BackgroundWork {
  /** Returns the promise it was given. */
  track<R>(promise: Promise<R>): Promise<R>
  /** Resolves when nothing tracked is left, whatever came of it. */
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
