import { type AttemptFailure, diagnoses, type Reaction } from './diagnosis.js'
import type { RandomBelow } from './sign.js'

export interface RetryLimits {
  /** Attempts of one call, whatever their reason, the first included. */
  readonly maxAttempts: number
  /** Milliseconds of the first backoff at most; doubles with each further one. */
  readonly backoffBaseMs: number
  readonly random: RandomBelow
}

export interface RetryPlan {
  /** Milliseconds to wait before the next attempt, or `null` when the call has failed. */
  next(failure: AttemptFailure, remainingMs: number): number | null
}

/**
 * Decides within one call whether and when to try again. Repeats wait a jittered, doubling time, or longer where
 * the vendor asked for it; a new signature and other credentials are tried at once, the signature only once. A
 * wait that does not fit into what remains of the deadline is not begun.
 */
export function createRetryPlan({ maxAttempts, backoffBaseMs, random }: RetryLimits): RetryPlan {
  let attempts = 0
  let backoffs = 0
  const used = new Set<Reaction>()

  function delayFor(reaction: Reaction, retryAfterMs = 0): number | null {
    if (reaction === 'stop') return null
    if (reaction === 'other_credentials') return 0
    if (reaction === 'resign') return used.has(reaction) ? null : 0
    const ceiling = backoffBaseMs * 2 ** backoffs
    backoffs += 1
    // At least half of it, so that the vendor does get a pause.
    return Math.max(ceiling / 2 + random(Math.ceil(ceiling / 2)), retryAfterMs)
  }

  return {
    next({ diagnosis, retryAfterMs }, remainingMs) {
      attempts += 1
      const { reaction } = diagnoses[diagnosis]
      const delayMs = attempts < maxAttempts ? delayFor(reaction, retryAfterMs) : null
      used.add(reaction)
      return delayMs !== null && delayMs < remainingMs ? delayMs : null
    },
  }
}
