import { type Clock, systemClock } from './clock.js'

export interface DeadlineOptions {
  /** Default: the system clock. */
  readonly clock?: Pick<Clock, 'sleep'> | undefined
  /** Abort the deadline early, with their reason. */
  readonly signals?: readonly (AbortSignal | undefined)[] | undefined
}

export interface Deadline {
  /** Aborts at the deadline with a `TimeoutError`, or with the reason of the first source that aborts. */
  readonly signal: AbortSignal
  /** Stops the timer and removes the listeners. Must be called once the work has ended. */
  readonly release: () => void
}

/**
 * A signal that aborts after `ms` milliseconds. Not `AbortSignal.any`: on Node 20 it leaks on sources that live as long
 * as the process.
 */
export function startDeadline(ms: number, { clock = systemClock, signals = [] }: DeadlineOptions = {}): Deadline {
  const ended = new AbortController()
  const released = new AbortController()
  for (const source of signals) {
    if (source?.aborted) ended.abort(source.reason)
    source?.addEventListener('abort', () => ended.abort(source.reason), { signal: released.signal })
  }
  clock.sleep(ms, released.signal).then(
    () => ended.abort(timeoutError(ms)),
    () => {},
  )
  return { signal: ended.signal, release: () => released.abort() }
}

/**
 * Settles as `work` does, but after `ms` milliseconds at the latest: then it rejects with a `DOMException` named
 * `TimeoutError`, even where `work` ignores its signal. Rejects with a signal's reason as soon as one aborts; if one
 * has aborted already, `work` is not called.
 */
export async function withDeadline<T>(
  work: (signal: AbortSignal) => Promise<T>,
  ms: number,
  options?: DeadlineOptions,
): Promise<T> {
  const { signal, release } = startDeadline(ms, options)
  try {
    signal.throwIfAborted()
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason))
    })
    return await Promise.race([aborted, work(signal)])
  } finally {
    release()
  }
}

/** What `withDeadline` rejects with after `ms` milliseconds. */
export function timeoutError(ms: number): DOMException {
  return new DOMException(`timed out after ${ms} ms`, 'TimeoutError')
}

/** Whether `error` is what `withDeadline` rejects with at its deadline. */
export function isTimeoutError(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'TimeoutError'
}
