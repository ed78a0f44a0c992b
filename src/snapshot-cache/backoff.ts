import type { RefreshFailure } from './types.js'

/** A vendor's wish is granted up to this: a mistaken header must not silence a fleet for a day. */
const LONGEST_WISH_MS = 600_000

/**
 * However long a copy is fresh, what an operator has mended is tried within the hour. The scripts in Redis take a
 * key that blocks everybody for longer for mischief.
 */
const LONGEST_BACKOFF_MS = 3_600_000

export interface BackoffOptions {
  /** Failures in a row, this one included; at least 1. */
  readonly failures: number
  readonly failure: RefreshFailure
  readonly baseMs: number
  readonly capMs: number
  /** A number in [0, 1). */
  readonly random: () => number
}

/**
 * How long the fleet stays away after a failure, in whole milliseconds: doubles from `baseMs`, jittered
 * downwards by up to a fifth, between `baseMs` and the larger of `baseMs` and `capMs`, an hour at most. A failure of
 * `long` patience starts at the cap. A wish of the origin's is honoured beyond that, up to ten minutes.
 */
export function backoffDelay({ failures, failure, baseMs, capMs, random }: BackoffOptions): number {
  const cap = Math.max(baseMs, Math.min(capMs, LONGEST_BACKOFF_MS))
  const target = failure.patience === 'long' ? cap : Math.min(cap, baseMs * 2 ** (failures - 1))
  const wish = Math.min(failure.retryAfterMs ?? 0, LONGEST_WISH_MS)
  return Math.ceil(Math.max(baseMs, target * (0.8 + 0.2 * random()), wish))
}
