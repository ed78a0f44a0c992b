import { LRUCache } from 'lru-cache'
import { type Clock, systemClock } from '../clock.js'
import { ProblemError } from './problem.js'

const windowSeconds = 60

/** The quota of one key in its window. */
export interface RateLimitVerdict {
  readonly allowed: boolean
  /** Requests left in this window. */
  readonly remaining: number
  /** Whole seconds, at least 1, until the window ends and the quota is reset. */
  readonly resetSeconds: number
}

export interface RateLimiter {
  /** The value of `RateLimit-Policy`, e.g. `"caller";q=600;w=60`. */
  readonly policy: string
  /** Counts one request of `key`, unless its quota is used up. */
  consume(key: string): RateLimitVerdict
  /** Like `consume`, but counts nothing. */
  peek(key: string): RateLimitVerdict
  /** The value of `RateLimit` for a verdict, e.g. `"caller";r=599;t=60`. */
  field(verdict: RateLimitVerdict): string
}

export interface RateLimiterOptions {
  /** Requests per key in one minute; 0 turns the limit off. */
  readonly perMinute: number
  /** Names the policy in the header fields. Default `caller`. */
  readonly name?: string
  /** Keys remembered; beyond that the least recently used is forgotten. Default 50 000. */
  readonly maxKeys?: number
  readonly clock?: Clock
}

/**
 * Counts per process, in a window of one minute that starts with a key's first request.
 * Returns `null` if the limit is off. Header fields as in draft-ietf-httpapi-ratelimit-headers-10.
 */
export function createRateLimiter(options: RateLimiterOptions): RateLimiter | null {
  const { perMinute, name = 'caller', maxKeys = 50_000, clock = systemClock } = options
  if (perMinute === 0) return null
  const windows = new LRUCache<string, { used: number; endsAtMs: number }>({ max: maxKeys })

  function count(key: string, cost: 0 | 1): RateLimitVerdict {
    const nowMs = clock.monotonicMs()
    let window = windows.get(key)
    if (window === undefined || nowMs >= window.endsAtMs) {
      window = { used: 0, endsAtMs: nowMs + windowSeconds * 1000 }
      if (cost > 0) windows.set(key, window)
    }
    const allowed = window.used < perMinute
    if (allowed) window.used += cost
    return {
      allowed,
      remaining: perMinute - window.used,
      // Rounded first, because the sum of two fractions could turn a minute into 61 s.
      resetSeconds: Math.ceil(Math.round(window.endsAtMs - nowMs) / 1000),
    }
  }

  return {
    policy: `"${name}";q=${perMinute};w=${windowSeconds}`,
    consume: (key) => count(key, 1),
    peek: (key) => count(key, 0),
    field: ({ remaining, resetSeconds }) => `"${name}";r=${remaining};t=${resetSeconds}`,
  }
}

/** The problem for a verdict that is not `allowed`: 429 with `Retry-After`, `RateLimit` and `RateLimit-Policy`. */
export function rateLimited(limiter: RateLimiter, verdict: RateLimitVerdict): ProblemError {
  return new ProblemError('rate_limited', {
    detail: `The rate limit is exceeded. It resets in ${verdict.resetSeconds} s.`,
    retryAfterSeconds: verdict.resetSeconds,
    headers: { RateLimit: limiter.field(verdict), 'RateLimit-Policy': limiter.policy },
  })
}
