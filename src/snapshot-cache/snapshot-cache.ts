import { randomUUID } from 'node:crypto'
import { systemClock } from '../clock.js'
import { withDeadline } from '../deadline.js'
import { createFallbackStore } from './fallback-store.js'
import { createLocalEntry } from './local-entry.js'
import { createBackgroundWork, createNotifier } from './notifier.js'
import { createRefresh, type RefreshResult } from './refresh.js'
import { createStoreSync } from './store-sync.js'
import {
  type Copy,
  RefreshFailedError,
  RefreshTooSoonError,
  type SnapshotCache,
  type SnapshotCacheOptions,
} from './types.js'

/** A lease outlives a pause of its holder's event loop, and no more. */
const MAX_LEASE_MS = 3_000

/** See `SnapshotCache` for the guarantees. Nothing happens before `start()`. */
export function createSnapshotCache<T>(options: SnapshotCacheOptions<T>): SnapshotCache<T> {
  const { ttlMs, staleMs, backoffMs, deadlineMs, clock = systemClock, random = Math.random } = options
  const store = createFallbackStore<T>({ shared: options.store, clock })
  const local = createLocalEntry<T>({ clock, ttlMs, staleMs })
  const notifier = createNotifier({ clock })
  const closing = new AbortController()
  const work = createBackgroundWork()
  let failure: { readonly code: string; readonly at: number; readonly until: number } | null = null
  /** Until then every claim would be refused. */
  let pausedUntil = -Infinity
  let refreshing: Promise<RefreshResult> | null = null
  let isFilling = false

  const parts = { store, local, notifier, work, clock, closing: closing.signal }
  const sync = createStoreSync<T>({
    ...parts,
    events: options.events,
    lifetimeMs: ttlMs + staleMs,
    onAccepted({ fetchedAt }) {
      // A copy from before the failure does not show that the origin has recovered.
      if (failure !== null && fetchedAt <= failure.at) return
      failure = null
      pausedUntil = -Infinity
    },
  })
  const refresh = createRefresh<T>({
    ...options,
    ...parts,
    random,
    load: sync.load,
    owner: randomUUID(),
    leaseMs: Math.floor(Math.min(MAX_LEASE_MS, options.attemptTimeoutMs * 0.8)),
    backoffMs: Math.ceil(backoffMs),
  })

  /** Refreshes and remembers the outcome. Never rejects. */
  async function refreshOnce(force: boolean): Promise<RefreshResult> {
    const result = await refresh(force).catch(failed)
    const now = clock.monotonicMs()
    if (result.outcome === 'failed') {
      failure = { code: result.code, at: now, until: now + result.remainingMs }
      pausedUntil = failure.until
    } else if (result.outcome !== 'too-soon') {
      failure = null
      pausedUntil = result.outcome === 'kept' ? now + result.remainingMs : -Infinity
    }
    return result
  }

  function failed(error: unknown): RefreshResult {
    return { outcome: 'failed', code: options.classify(error).code, remainingMs: backoffMs }
  }

  function refreshInBackground(): Promise<RefreshResult> {
    refreshing ??= work.track(
      refreshOnce(false).finally(() => {
        refreshing = null
      }),
    )
    return refreshing
  }

  /** While there is nothing to serve, tries again by itself as often as the fleet's backoff allows. */
  async function retryUntilFilled(): Promise<void> {
    if (isFilling) return
    isFilling = true
    while (local.current() === null && !closing.signal.aborted) {
      const pauseMs = pausedUntil - clock.monotonicMs()
      if (pauseMs > 0) await clock.sleep(pauseMs + 100 * random(), closing.signal).catch(() => {})
      else if ((await refreshInBackground()).outcome !== 'failed') {
        await clock.sleep(100, closing.signal).catch(() => {})
      }
    }
    isFilling = false
  }

  function current(): Copy<T> | null {
    const copy = local.current()
    if (copy?.freshness === 'stale' && refreshing === null && !closing.signal.aborted) {
      if (clock.monotonicMs() >= pausedUntil) void refreshInBackground()
    }
    return copy
  }

  /** The result within the deadline, else a failure. Rejects with the signal's reason. */
  async function resultOf(running: Promise<RefreshResult>, signal?: AbortSignal): Promise<RefreshResult> {
    try {
      return await withDeadline(() => running, deadlineMs, { clock, signals: [signal] })
    } catch (error) {
      signal?.throwIfAborted()
      return failed(error)
    }
  }

  /** The last failure while its backoff lasts, else null. */
  function currentBackoff(): { code: string; remainingMs: number } | null {
    const remainingMs = (failure?.until ?? -Infinity) - clock.monotonicMs()
    return failure !== null && remainingMs > 0 ? { code: failure.code, remainingMs } : null
  }

  return {
    current,
    peek: () => local.current(),

    async get(signal) {
      const copy = current()
      if (copy !== null) return copy
      signal?.throwIfAborted()
      const backoff = refreshing === null ? currentBackoff() : null
      if (backoff !== null) {
        void retryUntilFilled()
        throw new RefreshFailedError(backoff.code, backoff.remainingMs)
      }
      const result = await resultOf(refreshInBackground(), signal)
      const refreshed = local.current()
      if (refreshed !== null) return refreshed
      void retryUntilFilled()
      if (result.outcome === 'failed') throw new RefreshFailedError(result.code, result.remainingMs)
      throw new RefreshFailedError(currentBackoff()?.code ?? 'unknown', backoffMs)
    },

    async refresh(signal) {
      signal?.throwIfAborted()
      const backoff = currentBackoff()
      if (backoff !== null) throw new RefreshTooSoonError(backoff.remainingMs)
      const result = await resultOf(work.track(refreshOnce(true)), signal)
      if (result.outcome === 'too-soon') throw new RefreshTooSoonError(result.remainingMs)
      if (result.outcome === 'failed') throw new RefreshFailedError(result.code, result.remainingMs)
      const refreshed = local.current()
      if (refreshed === null) throw new RefreshFailedError('unknown', backoffMs)
      return refreshed
    },

    status() {
      const copy = local.current()
      const retryAfterMs = currentBackoff()?.remainingMs ?? 0
      return {
        freshness: copy?.freshness ?? 'empty',
        ageMs: copy?.ageMs ?? null,
        refreshing: refreshing !== null,
        failure: failure === null ? null : { code: failure.code, retryAfterMs },
        store: options.store === null ? 'none' : store.available() ? 'up' : 'down',
      }
    },

    async start() {
      store.subscribe(sync.onStoreEvent)
      await store.open()
      await sync.load()
      if (local.current() === null) void retryUntilFilled()
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
