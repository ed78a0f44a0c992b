import type { Clock } from '../clock.js'
import { backoffDelay } from './backoff.js'
import type { BackgroundWork } from './background-work.js'
import type { FallbackStore } from './fallback-store.js'
import type { HeldCopy } from './held-copy.js'
import type { Notifier } from './notifier.js'
import { callOrigin, type Origin } from './origin-call.js'
import type { SharedCopy } from './shared-copy.js'
import type { Claim, ClaimRequest, Entry, Lease } from './shared-store.js'
import type { RefreshFailure, SnapshotCacheEvents } from './types.js'

/** No lease or backoff that is worth waiting for is longer; what claims to be is somebody's mischief. */
const LONGEST_HOLD_MS = 60_000
const LONGEST_BACKOFF_MS = 600_000
const EAGER_ROUNDS = 4

export type RefreshResult =
  | { readonly outcome: 'refreshed' }
  /** The copy held is as new as it gets for another `remainingMs`. */
  | { readonly outcome: 'kept'; readonly remainingMs: number }
  | { readonly outcome: 'failed'; readonly code: string; readonly remainingMs: number }
  | { readonly outcome: 'too-soon'; readonly remainingMs: number }

export interface RefreshFlowOptions<T> {
  readonly origin: Origin<T>
  readonly classify: (error: unknown) => RefreshFailure
  readonly store: FallbackStore<T>
  readonly held: HeldCopy<T>
  /** Told whenever waiting replicas should look again. */
  readonly notifier: Notifier
  readonly load: SharedCopy['load']
  /** Takes what goes on after the flow has ended. */
  readonly work: BackgroundWork
  readonly closing: AbortSignal
  readonly owner: string
  readonly ttlMs: number
  readonly staleMs: number
  readonly backoffMs: number
  readonly leaseMs: number
  readonly deadlineMs: number
  readonly clock: Clock
  readonly random: () => number
  readonly events: SnapshotCacheEvents
}

/**
 * One refresh as one replica lives it: claim the lease and call, or wait for whoever holds it and take over
 * when that one dies. Resolves once the copy is in memory; putting it up for the fleet goes on behind.
 */
export function createRefreshFlow<T>(options: RefreshFlowOptions<T>): (force: 'no' | 'yes') => Promise<RefreshResult> {
  const { store, held, notifier, clock, random, events, closing, owner, leaseMs } = options
  const tooLate = (): DOMException => new DOMException('no result in time', 'TimeoutError')
  const timeoutCode = (): string => options.classify(tooLate()).code
  /** Counts on while no store remembers; void once a newer copy has come. */
  let failuresHere = { count: 0, fence: 0 }

  const claim = (demand: ClaimRequest['demand']): Promise<Claim> =>
    store.claim({
      owner,
      leaseMs,
      ttlMs: options.ttlMs,
      windowMs: options.backoffMs,
      demand,
      knownFence: held.fence(),
    })

  async function call(lease: Lease): Promise<RefreshResult | 'deposed'> {
    const startedAt = clock.monotonicMs()
    const ended = new AbortController()
    const renewal = keepLease(lease, ended.signal)
    const result = await callOrigin(options)
    const durationMs = clock.monotonicMs() - startedAt
    const isInTime =
      result.outcome === 'answered' && clock.monotonicMs() - result.sentAtMs < options.ttlMs + options.staleMs
    if (result.outcome === 'answered' && isInTime) {
      const entry = { value: result.value, fence: lease.fence, bornAt: result.sentAtMs }
      held.adopt({ ...entry, local: store.isLocal(lease) })
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
    const failure = options.classify(result.outcome === 'failed' ? result.error : tooLate())
    const before = failuresHere.fence === held.fence() ? failuresHere.count : 0
    const failures = Math.max(before, lease.failures) + 1
    const remainingMs = backoffDelay({
      failures,
      failure,
      baseMs: options.backoffMs,
      capMs: options.ttlMs,
      random,
    })
    const noted = await store.fail(lease, { code: failure.code, backoffMs: remainingMs, failures })
    events.refreshed(noted === 'deposed' ? 'deposed' : 'failed', { code: failure.code, durationMs })
    if (noted === 'deposed') return 'deposed'
    failuresHere = { count: failures, fence: held.fence() }
    return { outcome: 'failed', code: failure.code, remainingMs }
  }

  async function publish(lease: Lease, entry: Entry<T>, durationMs: number): Promise<void> {
    const outcome = await store.publish(lease, entry, options.ttlMs + options.staleMs)
    if (outcome === 'unshared') held.settle(entry, { fence: entry.fence, local: true })
    events.refreshed(outcome === 'deposed' ? 'deposed' : 'succeeded', { durationMs })
    if (outcome === 'deposed') await options.load()
  }

  async function keepLease(lease: Lease, ended: AbortSignal): Promise<void> {
    const pause = (): Promise<boolean> =>
      clock.sleep(leaseMs / 3, ended).then(
        () => true,
        () => false,
      )
    while ((await pause()) && (await store.renew(lease, leaseMs)));
  }

  return async function refresh(force) {
    const startedAt = clock.monotonicMs()
    /** A copy of a higher fence is what this refresh is for: where forced, one whose call began after the request. */
    let before = force === 'yes' ? null : held.fence()
    const isDone = (): boolean => before !== null && held.fence() > before && held.current() !== null
    let demand: ClaimRequest['demand'] = force === 'yes' ? 'forced' : 'if-stale'
    for (let round = 1; ; round += 1) {
      if (round > EAGER_ROUNDS) await clock.sleep(50 + 50 * random(), closing).catch(() => {})
      if (closing.aborted) return { outcome: 'failed', code: 'closed', remainingMs: 0 }
      if (clock.monotonicMs() - startedAt >= options.deadlineMs) {
        return { outcome: 'failed', code: timeoutCode(), remainingMs: 0 }
      }
      const seen = notifier.count()
      const answer = await claim(demand)
      switch (answer.outcome) {
        case 'granted': {
          const result = await call(answer.lease)
          if (result !== 'deposed') return result
          before ??= answer.lease.fence
          break
        }
        case 'fresh':
          if ((await options.load()) === 'nothing') break
          return { outcome: 'kept', remainingMs: answer.remainingMs }
        case 'backoff': {
          const remainingMs = Math.min(answer.remainingMs, Math.max(options.ttlMs, LONGEST_BACKOFF_MS))
          if (demand === 'forced') return { outcome: 'too-soon', remainingMs }
          return { outcome: 'failed', code: answer.code, remainingMs }
        }
        case 'recent':
          // the window of a call that began after the request, whose copy the news has not brought yet
          if (before !== null) await options.load()
          if (isDone()) return { outcome: 'refreshed' }
          return { outcome: 'too-soon', remainingMs: answer.remainingMs }
        case 'held':
          before ??= Math.max(answer.fence, held.fence())
          await notifier.waitBeyond(seen, Math.min(answer.remainingMs, LONGEST_HOLD_MS) + 50 * random())
          if (isDone()) return { outcome: 'refreshed' }
          break
      }
      if (demand === 'forced') demand = 'forced-again'
    }
  }
}
