import { timeoutError, withDeadline } from '../deadline.js'
import type { LocalEntry } from './local-entry.js'
import type { BackgroundWork, Notifier } from './notifier.js'
import type { Claim, ClaimRequest, Entry, Lease, SharedStore } from './shared-store.js'
import type { StoreSync } from './store-sync.js'
import type { RefreshFailure, SnapshotCacheOptions } from './types.js'

/** No lease or backoff of ours is longer, whatever Redis says. */
const MAX_LEASE_WAIT_MS = 60_000
const MAX_BACKOFF_WAIT_MS = 600_000
/** Claims without a pause between them. */
const EAGER_ROUNDS = 4
/** A mistaken Retry-After must not stop a fleet for a day. */
const MAX_RETRY_AFTER_MS = 600_000
/** What an operator has fixed is tried within the hour. The Lua scripts delete keys that block for longer. */
const MAX_BACKOFF_MS = 3_600_000

export type RefreshResult =
  | { readonly outcome: 'refreshed' }
  /** There is no newer copy than the local one for another `remainingMs`. */
  | { readonly outcome: 'kept'; readonly remainingMs: number }
  | { readonly outcome: 'failed'; readonly code: string; readonly remainingMs: number }
  | { readonly outcome: 'too-soon'; readonly remainingMs: number }

export interface RefreshOptions<T> extends Omit<Required<SnapshotCacheOptions<T>>, 'store' | 'attemptTimeoutMs'> {
  /** Never rejects: the fallback store. */
  readonly store: SharedStore<T>
  readonly local: LocalEntry<T>
  /** Notified whenever those waiting for another replica should look again. */
  readonly notifier: Notifier
  readonly load: StoreSync['load']
  /** Tracks what continues after the refresh has resolved. */
  readonly work: BackgroundWork
  readonly closing: AbortSignal
  readonly owner: string
  readonly leaseMs: number
}

/**
 * One refresh of one replica: claim the lease and call the origin, or wait for the lease holder's result and take over
 * if it crashes. Resolves once the copy is in memory; publishing it continues in the background. Never rejects for the
 * origin's or the store's failures.
 */
export function createRefresh<T>(options: RefreshOptions<T>): (force: boolean) => Promise<RefreshResult> {
  const { store, local, notifier, clock, random, events, closing, owner, leaseMs, ttlMs, deadlineMs } = options
  const lifetimeMs = ttlMs + options.staleMs
  /** Counts also while no store does; void once there is a newer copy. */
  let failuresHere = { count: 0, fence: 0 }

  const claim = (demand: ClaimRequest['demand']): Promise<Claim> =>
    store.claim({ owner, leaseMs, ttlMs, windowMs: options.backoffMs, demand, knownFence: local.fence() })

  async function callAsHolder(lease: Lease): Promise<RefreshResult | 'superseded'> {
    const startedAt = clock.monotonicMs()
    const ended = new AbortController()
    const renewal = renewUntil(ended.signal, lease)
    const result = await callOrigin(options)
    const durationMs = clock.monotonicMs() - startedAt
    if (result.outcome === 'answered' && clock.monotonicMs() - result.sentAtMs < lifetimeMs) {
      const entry = { value: result.value, fence: lease.fence, fetchedAt: result.sentAtMs }
      local.acceptIfNewer({ ...entry, unshared: lease.isLocal === true })
      notifier.notify()
      void options.work.track(publish(lease, entry, durationMs).finally(() => ended.abort()))
      return { outcome: 'refreshed' }
    }
    ended.abort()
    await renewal
    if (closing.aborted) {
      await store.release(lease)
      return { outcome: 'failed', code: 'closed', remainingMs: 0 }
    }
    const failure = options.classify(result.outcome === 'failed' ? result.error : timeoutError(lifetimeMs))
    return fail(lease, failure, durationMs)
  }

  async function publish(lease: Lease, entry: Entry<T>, durationMs: number): Promise<void> {
    const outcome = await store.publish(lease, entry, lifetimeMs)
    if (outcome === 'unshared') local.markUnshared(entry)
    events.refreshed(outcome === 'superseded' ? 'superseded' : 'succeeded', { durationMs })
    if (outcome === 'superseded') await options.load()
  }

  async function fail(
    lease: Lease,
    failure: RefreshFailure,
    durationMs: number,
  ): Promise<RefreshResult | 'superseded'> {
    const { code } = failure
    const before = failuresHere.fence === local.fence() ? failuresHere.count : 0
    const failures = Math.max(before, lease.failures) + 1
    const remainingMs = backoffDelay({ failures, failure, baseMs: options.backoffMs, capMs: ttlMs, random })
    const outcome = await store.fail(lease, { code, backoffMs: remainingMs, failures })
    events.refreshed(outcome === 'superseded' ? 'superseded' : 'failed', { code, durationMs })
    if (outcome === 'superseded') return 'superseded'
    failuresHere = { count: failures, fence: local.fence() }
    return { outcome: 'failed', code, remainingMs }
  }

  async function renewUntil(ended: AbortSignal, lease: Lease): Promise<void> {
    do {
      await clock.sleep(leaseMs / 3, ended).catch(() => {})
    } while (!ended.aborted && (await store.renew(lease, leaseMs)))
  }

  return async function refresh(force) {
    const startedAt = clock.monotonicMs()
    /** Only a copy with a higher fence ends this refresh: where forced, one whose call began after the request. */
    let before = force ? null : local.fence()
    const isDone = (): boolean => before !== null && local.fence() > before && local.current() !== null
    let demand: ClaimRequest['demand'] = force ? 'forced' : 'if-stale'
    for (let round = 1; ; round += 1) {
      if (round > EAGER_ROUNDS) await clock.sleep(50 + 50 * random(), closing).catch(() => {})
      if (closing.aborted) return { outcome: 'failed', code: 'closed', remainingMs: 0 }
      if (clock.monotonicMs() - startedAt >= deadlineMs) {
        return { outcome: 'failed', code: options.classify(timeoutError(deadlineMs)).code, remainingMs: 0 }
      }
      const seen = notifier.count()
      const answer = await claim(demand)
      switch (answer.outcome) {
        case 'granted': {
          const result = await callAsHolder(answer.lease)
          if (result !== 'superseded') return result
          before ??= answer.lease.fence
          break
        }
        case 'fresh':
          if ((await options.load()) === 'nothing') break
          return { outcome: 'kept', remainingMs: answer.remainingMs }
        case 'backoff': {
          const remainingMs = Math.min(answer.remainingMs, Math.max(ttlMs, MAX_BACKOFF_WAIT_MS))
          if (demand === 'forced') return { outcome: 'too-soon', remainingMs }
          return { outcome: 'failed', code: answer.code, remainingMs }
        }
        case 'recent':
          // The window may be that of a call that began after the request, whose copy has not been loaded yet.
          if (before !== null) await options.load()
          if (isDone()) return { outcome: 'refreshed' }
          return { outcome: 'too-soon', remainingMs: answer.remainingMs }
        case 'held':
          before ??= Math.max(answer.fence, local.fence())
          await notifier.waitBeyond(seen, Math.min(answer.remainingMs, MAX_LEASE_WAIT_MS) + 50 * random())
          if (isDone()) return { outcome: 'refreshed' }
          break
      }
      if (demand === 'forced') demand = 'forced-again'
    }
  }
}

type OriginResult<T> =
  /** `sentAtMs` is when the origin was asked, on the monotonic clock. */
  | { readonly outcome: 'answered'; readonly value: T; readonly sentAtMs: number }
  | { readonly outcome: 'failed'; readonly error: unknown }

/**
 * Asks the origin once. Ends at the deadline or when `closing` aborts even if the origin ignores its signal; the error
 * is then a `TimeoutError` or the signal's reason. Never rejects.
 */
export async function callOrigin<T>(
  options: Pick<RefreshOptions<T>, 'origin' | 'closing' | 'deadlineMs' | 'clock'>,
): Promise<OriginResult<T>> {
  const { origin, closing, deadlineMs, clock } = options
  let sentAtMs = clock.monotonicMs()
  const sent = (atMs: number): void => {
    sentAtMs = atMs
  }
  try {
    const value = await withDeadline((signal) => origin(signal, sent), deadlineMs, { clock, signals: [closing] })
    return { outcome: 'answered', value, sentAtMs }
  } catch (error) {
    return { outcome: 'failed', error }
  }
}

export interface BackoffOptions {
  readonly failures: number
  readonly failure: RefreshFailure
  readonly baseMs: number
  readonly capMs: number
  readonly random: () => number
}

/**
 * The fleet's pause after a failure, in whole milliseconds: doubles from `baseMs` with the `failures` in a row (this
 * one included), jittered downwards by up to a fifth, between `baseMs` and the larger of `baseMs` and `capMs`, an hour
 * at most. A failure that is not retryable starts at the maximum. A longer `retryAfterMs` is honoured up to ten
 * minutes.
 */
export function backoffDelay({ failures, failure, baseMs, capMs, random }: BackoffOptions): number {
  const cap = Math.max(baseMs, Math.min(capMs, MAX_BACKOFF_MS))
  const target = failure.retryable ? Math.min(cap, baseMs * 2 ** (failures - 1)) : cap
  const retryAfterMs = Math.min(failure.retryAfterMs ?? 0, MAX_RETRY_AFTER_MS)
  return Math.ceil(Math.max(baseMs, target * (0.8 + 0.2 * random()), retryAfterMs))
}
