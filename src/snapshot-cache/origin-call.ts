import type { Clock } from '../clock.js'

export type OriginResult<T> =
  /** `sentAtMs` is when the origin was asked, on the monotonic clock. */
  | { readonly outcome: 'answered'; readonly value: T; readonly sentAtMs: number }
  | { readonly outcome: 'failed'; readonly error: unknown }

/** Reports when it sent what was then answered, where that is later than when it was called. */
export type Origin<T> = (signal: AbortSignal, sent: (atMs: number) => void) => Promise<T>

/**
 * Asks the origin once. Ends at the deadline or when `closing` aborts even if the origin ignores its
 * signal; the error is then a `TimeoutError` or the signal's reason. Never rejects.
 */
export async function callOrigin<T>(options: {
  readonly origin: Origin<T>
  readonly closing: AbortSignal
  readonly deadlineMs: number
  readonly clock: Clock
}): Promise<OriginResult<T>> {
  const { origin, closing, deadlineMs, clock } = options
  let sentAtMs = clock.monotonicMs()
  const sent = (atMs: number): void => {
    sentAtMs = atMs
  }
  const call = new AbortController()
  const over = new AbortController()
  const stop = (): void => call.abort(closing.reason)
  closing.addEventListener('abort', stop)
  clock.sleep(deadlineMs, over.signal).then(
    () => call.abort(new DOMException('the origin did not answer in time', 'TimeoutError')),
    () => {},
  )
  const aborted = new Promise<never>((_, reject) => {
    call.signal.addEventListener('abort', () => reject(call.signal.reason))
  })
  try {
    closing.throwIfAborted()
    const value = await Promise.race([origin(call.signal, sent), aborted])
    return { outcome: 'answered', value, sentAtMs }
  } catch (error) {
    return { outcome: 'failed', error }
  } finally {
    aborted.catch(() => {})
    closing.removeEventListener('abort', stop)
    over.abort()
  }
}
