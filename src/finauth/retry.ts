import { parseHttpDate } from '../timestamp.js'
import { type AttemptFailure, diagnoses } from './errors.js'
import type { RandomBelow } from './sign.js'

const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000

export interface RetryLimits {
  /** Attempts of one call, whatever their reason, the first included. */
  readonly maxAttempts: number
  /** Milliseconds of the first backoff at most; doubles with each further one. */
  readonly backoffBaseMs: number
  readonly random: RandomBelow
}

/**
 * Decides within one call whether and when to try again: the function it returns gives the milliseconds to wait before the
 * next attempt, or `null` when the call has failed. Repeats wait a jittered, doubling time, or longer where the vendor
 * asked for it. A new signature, once in a call, and other credentials are tried immediately. A wait that does not fit
 * into what remains of the deadline is not begun.
 */
export function createRetryPlan({ maxAttempts, backoffBaseMs, random }: RetryLimits) {
  let attempts = 0
  let backoffs = 0
  let hasReSigned = false

  function delayFor({ diagnosis, retryAfterMs = 0 }: AttemptFailure): number | null {
    const { retry } = diagnoses[diagnosis]
    if (retry === 'none' || (retry === 're-sign' && hasReSigned)) return null
    hasReSigned ||= retry === 're-sign'
    if (retry !== 'backoff') return 0
    const ceiling = backoffBaseMs * 2 ** backoffs
    backoffs += 1
    // At least half of it, so that the vendor does get a pause.
    return Math.max(ceiling / 2 + random(Math.ceil(ceiling / 2)), retryAfterMs)
  }

  return function nextDelayMs(failure: AttemptFailure, remainingMs: number): number | null {
    attempts += 1
    const delayMs = attempts < maxAttempts ? delayFor(failure) : null
    return delayMs !== null && delayMs < remainingMs ? delayMs : null
  }
}

/**
 * Milliseconds asked for by `Retry-After` (RFC 9110, section 10.2.3), at most a day; `undefined` where the header is absent
 * or unreadable. Its date form is relative to the answer's own `Date`, so that our clock's error does not matter.
 */
export function readRetryAfter({
  retryAfter = '',
  date = '',
}: {
  retryAfter?: string | undefined
  date?: string | undefined
}): number | undefined {
  if (/^\d{1,15}$/.test(retryAfter)) return Math.min(Number(retryAfter) * 1000, MAX_RETRY_AFTER_MS)
  const [until, now] = [parseHttpDate(retryAfter), parseHttpDate(date)]
  return until === null || now === null ? undefined : Math.min(Math.max(until - now, 0), MAX_RETRY_AFTER_MS)
}
