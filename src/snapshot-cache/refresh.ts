import { randomUUID } from 'node:crypto'
import { timeoutError, withDeadline } from '../deadline.js'
import type { ClaimRequest, Entry, Lease } from './shared-store.js'
import type { CacheParts } from './snapshot-cache.js'
import type { LoadOutcome } from './store-sync.js'
import type { RefreshFailure } from './types.js'

/** A lease outlives a pause of its holder's event loop, and no more. */
const MAX_LEASE_MS = 3_000
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

type HolderResult = RefreshResult | 'superseded'

/**
 * One refresh of one replica: claim the lease and call the origin, or wait for the lease holder's result and take over
 * if it crashes. Resolves once the copy is in memory; publishing it continues in the background. Never rejects for the
 * origin's or the store's failures.
 */
export function createRefresh<T>(
  parts: CacheParts<T>,
  load: () => Promise<LoadOutcome>,
): (force: boolean) => Promise<RefreshResult> {
  const { store, local, notifier, work, events, classify, closing, clock, random, ttlMs, lifetimeMs, deadlineMs } =
    parts
  const leaseMs = Math.floor(Math.min(MAX_LEASE_MS, parts.attemptTimeoutMs * 0.8))
  const backoffMs = Math.ceil(parts.backoffMs)
  const terms = { owner: randomUUID(), leaseMs, ttlMs, windowMs: backoffMs }
  const closed = { outcome: 'failed', code: 'closed', remainingMs: 0 } as const
  /** Counts also while no store does; void once there is a newer copy. */
  let failuresHere = { count: 0, fence: 0 }

  async function callAsHolder(lease: Lease): Promise<HolderResult> {
    const startedAt = clock.monotonicMs()
    const durationMs = (): number => clock.monotonicMs() - startedAt
    const ended = new AbortController()
    const renewal = renewUntil(ended.signal, lease)
    try {
      const answer = await withDeadline(parts.origin, deadlineMs, { clock, signals: [closing] })
      const { value, sentAtMs: fetchedAt = startedAt } = answer
      if (clock.monotonicMs() - fetchedAt >= lifetimeMs) throw timeoutError(lifetimeMs)
      const entry = { value, fence: lease.fence, fetchedAt }
      local.acceptIfNewer({ ...entry, unshared: lease.isLocal === true })
      notifier.notify()
      void work.track(publish(lease, entry, durationMs()).finally(() => ended.abort()))
      return { outcome: 'refreshed' }
    } catch (error) {
      const failedAfterMs = durationMs()
      ended.abort()
      await renewal
      if (!closing.aborted) return fail(lease, classify(error), failedAfterMs)
      await store.release(lease)
      return closed
    }
  }

  async function publish(lease: Lease, entry: Entry<T>, durationMs: number): Promise<void> {
    const outcome = await store.publish(lease, entry, lifetimeMs)
    if (outcome === 'unshared') local.setSharing(entry, { fence: entry.fence, unshared: true })
    events.refreshed(outcome === 'superseded' ? 'superseded' : 'succeeded', { durationMs })
    if (outcome === 'superseded') await load()
    else notifier.notify()
  }

  async function fail(lease: Lease, failure: RefreshFailure, durationMs: number): Promise<HolderResult> {
    const { code } = failure
    const before = failuresHere.fence === local.fence() ? failuresHere.count : 0
    const failures = Math.max(before, lease.failures) + 1
    const remainingMs = backoffDelay({ failures, failure, baseMs: backoffMs, capMs: ttlMs, random })
    const outcome = await store.fail(lease, { code, backoffMs: remainingMs, failures })
    events.refreshed(outcome === 'superseded' ? 'superseded' : 'failed', { code, durationMs })
    if (outcome === 'superseded') return 'superseded'
    failuresHere = { count: failures, fence: local.fence() }
    notifier.notify()
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
      if (closing.aborted) return closed
      if (clock.monotonicMs() - startedAt >= deadlineMs) {
        return { outcome: 'failed', code: classify(timeoutError(deadlineMs)).code, remainingMs: 0 }
      }
      const notified = notifier.next()
      const answer = await store.claim({ ...terms, demand, knownFence: local.fence() })
      switch (answer.outcome) {
        case 'granted': {
          const result = await callAsHolder(answer.lease)
          if (result !== 'superseded') return result
          before ??= answer.lease.fence
          break
        }
        case 'fresh':
          if ((await load()) === 'nothing' && !isDone()) break
          return { outcome: 'kept', remainingMs: answer.remainingMs }
        case 'backoff': {
          const remainingMs = Math.min(answer.remainingMs, Math.max(ttlMs, MAX_BACKOFF_WAIT_MS))
          if (demand === 'forced') return { outcome: 'too-soon', remainingMs }
          return { outcome: 'failed', code: answer.code, remainingMs }
        }
        case 'recent':
          // The window may be that of a call that began after the request, whose copy has not been loaded yet.
          if (before !== null) await load()
          if (isDone()) return { outcome: 'refreshed' }
          return { outcome: 'too-soon', remainingMs: answer.remainingMs }
        case 'held':
          before ??= Math.max(answer.fence, local.fence())
          await clock.sleep(Math.min(answer.remainingMs, MAX_LEASE_WAIT_MS) + 50 * random(), notified).catch(() => {})
          if (isDone()) return { outcome: 'refreshed' }
          break
      }
      if (demand === 'forced') demand = 'forced-again'
    }
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
