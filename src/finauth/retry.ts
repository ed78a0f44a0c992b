import { parseHttpDate } from '../timestamp.js'
import { type AttemptFailure, diagnoses } from './errors.js'
import type { RandomBelow } from './sign.js'

const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000

export interface RetryLimits {
  /** Attempts of one call for any reason, including the first. */
  readonly maxAttempts: number
  /** Upper limit of the first backoff in milliseconds; doubles with each further one. */
  readonly backoffBaseMs: number
  readonly random: RandomBelow
}

/**
 * Decides within one call whether and when to retry: the returned function gives the milliseconds to wait before the
 * next attempt, or `null` if the call has failed. Retries wait for a jittered, doubling backoff, or longer if the
 * vendor asks for it. A new signature, once per call, and other credentials are tried immediately. A retry whose wait
 * would exceed the remaining deadline is not made.
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
    // At least half of the backoff, so that the vendor gets a pause.
    return Math.max(ceiling / 2 + random(Math.ceil(ceiling / 2)), retryAfterMs)
  }

  return function nextDelayMs(failure: AttemptFailure, remainingMs: number): number | null {
    attempts += 1
    const delayMs = attempts < maxAttempts ? delayFor(failure) : null
    return delayMs !== null && delayMs < remainingMs ? delayMs : null
  }
}

/**
 * Milliseconds requested by `Retry-After` (RFC 9110, section 10.2.3), at most a day; `undefined` if the header is
 * absent or invalid. Its date form is relative to the answer's own `Date`, so that our clock's error does not matter.
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
