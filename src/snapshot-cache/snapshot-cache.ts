import { randomUUID } from 'node:crypto'
import { type Clock, systemClock } from '../clock.js'
import { createBackgroundWork } from './background-work.js'
import { createFallbackStore } from './fallback-store.js'
import { createHeldCopy } from './held-copy.js'
import { createNotifier } from './notifier.js'
import type { Origin } from './origin-call.js'
import { createRefreshFlow, type RefreshResult } from './refresh-flow.js'
import { createSharedCopy } from './shared-copy.js'
import type { SharedStore } from './shared-store.js'
import {
  type Copy,
  RefreshFailedError,
  type RefreshFailure,
  RefreshTooSoonError,
  type SnapshotCache,
  type SnapshotCacheEvents,
} from './types.js'

/** A lease outlives a pause of its holder's event loop, and no more. */
const LONGEST_LEASE_MS = 3_000

export interface SnapshotCacheOptions<T> {
  /**
   * Asks for a new value. Called under the lease only, with a signal that aborts at the deadline and on close. The value's
   * age counts from the call, or from when the origin reports to have sent what was answered.
   */
  readonly origin: Origin<T>
  /**
   * What a rejection of `origin` means. Only the code travels between replicas. A `DOMException` named
   * `TimeoutError` stands for a deadline of the cache's own.
   */
  readonly classify: (error: unknown) => RefreshFailure
  readonly ttlMs: number
  readonly staleMs: number
  /** Least distance between two attempts after a failure, and between two forced refreshes. */
  readonly backoffMs: number
  /** One attempt of the origin; a dead holder is replaced within it. */
  readonly attemptTimeoutMs: number
  /** The longest that `get` and `refresh` wait, and that the origin may take. */
  readonly deadlineMs: number
  /** Where replicas meet; null keeps the copy in this process only. The cache opens and closes it. */
  readonly store: SharedStore<T> | null
  readonly events: SnapshotCacheEvents
  readonly clock?: Clock
  readonly random?: () => number
}

/** See `SnapshotCache` for what is promised. Nothing happens before `start()`. */
export function createSnapshotCache<T>(options: SnapshotCacheOptions<T>): SnapshotCache<T> {
  const { ttlMs, staleMs, backoffMs, deadlineMs, events, clock = systemClock, random = Math.random } = options
  const store = createFallbackStore<T>({ shared: options.store, clock })
  const held = createHeldCopy<T>({ clock, ttlMs, staleMs })
  const notifier = createNotifier({ clock })
  const closing = new AbortController()
  const work = createBackgroundWork()
  let failure: { readonly code: string; readonly at: number; readonly until: number } | null = null
  /** Until then a claim could only be refused. */
  let restUntil = -Infinity
  let refreshing: Promise<RefreshResult> | null = null
  let warming = false

  const shared = createSharedCopy<T>({
    store,
    held,
    notifier,
    work,
    lifetimeMs: ttlMs + staleMs,
    closing: closing.signal,
    clock,
    events,
    onAdopted({ bornAt }) {
      // a copy from before the failure is no sign that the origin is well again
      if (failure !== null && bornAt <= failure.at) return
      failure = null
      restUntil = -Infinity
    },
  })

  const flow = createRefreshFlow<T>({
    ...options,
    store,
    held,
    notifier,
    load: shared.load,
    work,
    closing: closing.signal,
    owner: randomUUID(),
    leaseMs: Math.floor(Math.min(LONGEST_LEASE_MS, options.attemptTimeoutMs * 0.8)),
    backoffMs: Math.ceil(backoffMs),
    clock,
    random,
  })

  async function settle(running: Promise<RefreshResult>): Promise<RefreshResult> {
    let result: RefreshResult
    try {
      result = await running
    } catch (error) {
      result = { outcome: 'failed', code: options.classify(error).code, remainingMs: backoffMs }
    }
    const now = clock.monotonicMs()
    if (result.outcome === 'failed') {
      failure = { code: result.code, at: now, until: now + result.remainingMs }
      restUntil = failure.until
    } else if (result.outcome !== 'too-soon') {
      failure = null
      restUntil = result.outcome === 'kept' ? now + result.remainingMs : -Infinity
    }
    return result
  }

  function refreshBehind(): Promise<RefreshResult> {
    refreshing ??= work.track(
      settle(flow('no')).finally(() => {
        refreshing = null
      }),
    )
    return refreshing
  }

  /** Nothing to serve: tries again by itself, at the fleet's pace, until there is. */
  async function keepWarming(): Promise<void> {
    if (warming) return
    warming = true
    while (held.current() === null && !closing.signal.aborted) {
      const rest = restUntil - clock.monotonicMs()
      if (rest > 0) await clock.sleep(rest + 100 * random(), closing.signal).catch(() => {})
      else if ((await refreshBehind()).outcome !== 'failed') await clock.sleep(100, closing.signal).catch(() => {})
    }
    warming = false
  }

  function current(): Copy<T> | null {
    const copy = held.current()
    if (
      copy?.freshness === 'stale' &&
      refreshing === null &&
      clock.monotonicMs() >= restUntil &&
      !closing.signal.aborted
    ) {
      void refreshBehind()
    }
    return copy
  }

  async function awaited(running: Promise<RefreshResult>, signal?: AbortSignal): Promise<RefreshResult> {
    const over = new AbortController()
    const stop = (): void => over.abort(signal?.reason)
    signal?.addEventListener('abort', stop)
    try {
      return await Promise.race([
        running,
        clock.sleep(deadlineMs, over.signal).then((): RefreshResult => {
          const { code } = options.classify(new DOMException('no result in time', 'TimeoutError'))
          return { outcome: 'failed', code, remainingMs: backoffMs }
        }),
      ])
    } finally {
      signal?.removeEventListener('abort', stop)
      over.abort()
    }
  }

  function resting(): { code: string; remainingMs: number } | null {
    const remainingMs = (failure?.until ?? -Infinity) - clock.monotonicMs()
    return failure !== null && remainingMs > 0 ? { code: failure.code, remainingMs } : null
  }

  return {
    current,
    peek: () => held.current(),

    async get(signal) {
      const copy = current()
      if (copy !== null) return copy
      signal?.throwIfAborted()
      const rest = refreshing === null ? resting() : null
      if (rest !== null) {
        void keepWarming()
        throw new RefreshFailedError(rest.code, rest.remainingMs)
      }
      const result = await awaited(refreshBehind(), signal)
      const refreshed = held.current()
      if (refreshed !== null) return refreshed
      void keepWarming()
      if (result.outcome === 'failed') throw new RefreshFailedError(result.code, result.remainingMs)
      throw new RefreshFailedError(resting()?.code ?? 'unknown', backoffMs)
    },

    async refresh(signal) {
      signal?.throwIfAborted()
      const rest = resting()
      if (rest !== null) throw new RefreshTooSoonError(rest.remainingMs)
      const result = await awaited(work.track(settle(flow('yes'))), signal)
      if (result.outcome === 'too-soon') throw new RefreshTooSoonError(result.remainingMs)
      if (result.outcome === 'failed') throw new RefreshFailedError(result.code, result.remainingMs)
      const refreshed = held.current()
      if (refreshed === null) throw new RefreshFailedError('unknown', backoffMs)
      return refreshed
    },

    status() {
      const copy = held.current()
      const left = failure === null ? 0 : Math.max(0, failure.until - clock.monotonicMs())
      return {
        freshness: copy?.freshness ?? 'empty',
        ageMs: copy?.ageMs ?? null,
        refreshing: refreshing !== null,
        failure: failure === null ? null : { code: failure.code, retryAfterMs: left },
        store: options.store === null ? 'none' : store.available() ? 'up' : 'down',
      }
    },

    async start() {
      store.subscribe(shared.onStoreEvent)
      await store.open()
      await shared.load()
      if (held.current() === null) void keepWarming()
    },

    idle: () => work.idle(),

    async close() {
      closing.abort(new DOMException('the cache is closing', 'AbortError'))
      notifier.notify()
      await work.idle()
      await store.close()
    },
  }
}
