import { type AttemptFailure, diagnoses } from './errors.js'

export interface RetryLimits {
  /** Attempts of one call for any reason, including the first. */
  readonly maxAttempts: number
  /** Upper limit of the first backoff in milliseconds; doubles with each further one. */
  readonly backoffBaseMs: number
  /** A number in [0, 1). Default: `Math.random`. */
  readonly random?: () => number
}

/**
 * Decides within one call whether and when to retry: the returned function gives the milliseconds to wait before the
 * next attempt, or `null` if the call has failed. Retries wait for a jittered, doubling backoff, or longer if the
 * vendor asks for it. A new signature, once per call, and other credentials are tried immediately. A retry whose wait
 * would exceed the remaining deadline is not made.
 */
export function createRetryPlan({ maxAttempts, backoffBaseMs, random = Math.random }: RetryLimits) {
  let attempts = 0
  let backoffMs = backoffBaseMs
  let hasReSigned = false

  function delayFor({ diagnosis, retryAfterMs = 0 }: AttemptFailure): number | null {
    const { retry } = diagnoses[diagnosis]
    if (retry === 'none' || (retry === 're-sign' && hasReSigned)) return null
    hasReSigned ||= retry === 're-sign'
    if (retry !== 'backoff') return 0
    // At least half of the backoff, so that the vendor gets a pause.
    const delayMs = Math.round(backoffMs * (0.5 + 0.5 * random()))
    backoffMs *= 2
    return Math.max(delayMs, retryAfterMs)
  }

  return function nextDelayMs(failure: AttemptFailure, remainingMs: number): number | null {
    attempts += 1
    const delayMs = attempts < maxAttempts ? delayFor(failure) : null
    return delayMs !== null && delayMs < remainingMs ? delayMs : null
  }
}
