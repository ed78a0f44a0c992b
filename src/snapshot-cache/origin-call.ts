import type { Clock } from '../clock.js'

export type OriginResult<T> =
  | { readonly outcome: 'answered'; readonly value: T }
  | { readonly outcome: 'failed'; readonly error: unknown }

/**
 * Asks the origin once. Ends at the deadline or when `closing` aborts even if the origin ignores its
 * signal; the error is then a `TimeoutError` or the signal's reason. Never rejects.
 */
export async function callOrigin<T>(options: {
  readonly origin: (signal: AbortSignal) => Promise<T>
  readonly closing: AbortSignal
  readonly deadlineMs: number
  readonly clock: Clock
}): Promise<OriginResult<T>> {
  const { origin, closing, deadlineMs, clock } = options
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
    return { outcome: 'answered', value: await Promise.race([origin(call.signal), aborted]) }
  } catch (error) {
    return { outcome: 'failed', error }
  } finally {
    aborted.catch(() => {})
    closing.removeEventListener('abort', stop)
    over.abort()
  }
}
