import { systemClock } from '../clock.js'
import { withDeadline } from '../deadline.js'
import { createFallbackStore } from './fallback-store.js'
import { createLocalEntry, type LocalEntry } from './local-entry.js'
import { type BackgroundWork, createBackgroundWork, createNotifier, type Notifier } from './notifier.js'
import { createRefresh, type RefreshResult } from './refresh.js'
import type { SharedStore } from './shared-store.js'
import { createStoreSync } from './store-sync.js'
import {
  type Copy,
  RefreshFailedError,
  RefreshTooSoonError,
  type SnapshotCache,
  type SnapshotCacheOptions,
} from './types.js'

/** What the parts of one cache share. */
export interface CacheParts<T> extends Omit<Required<SnapshotCacheOptions<T>>, 'store'> {
  /** Never rejects: the fallback store. */
  readonly store: SharedStore<T>
  readonly local: LocalEntry<T>
  /** Notified whenever those waiting for another refresh should ask again. */
  readonly notifier: Notifier
  /** Tracks what continues after a refresh has resolved. */
  readonly work: BackgroundWork
  readonly closing: AbortSignal
  readonly lifetimeMs: number
}

const NO_PAUSE = { code: null, since: 0, until: -Infinity }

/** See `SnapshotCache` for the guarantees. Nothing happens before `start()`. */
export function createSnapshotCache<T>(options: SnapshotCacheOptions<T>): SnapshotCache<T> {
  const { ttlMs, staleMs, backoffMs, deadlineMs, clock = systemClock, random = Math.random } = options
  const closing = new AbortController()
  const parts: CacheParts<T> = {
    ...options,
    clock,
    random,
    store: createFallbackStore<T>({ shared: options.store, clock }),
    local: createLocalEntry<T>({ clock, ttlMs, staleMs }),
    notifier: createNotifier(),
    work: createBackgroundWork(),
    closing: closing.signal,
    lifetimeMs: ttlMs + staleMs,
  }
  const { store, local, notifier, work } = parts
  /** Every claim would be refused until then. `code` is that of the last refresh if it failed. */
  let pause: { readonly code: string | null; readonly since: number; readonly until: number } = NO_PAUSE
  let refreshing: Promise<RefreshResult> | null = null
  let isFilling = false

  const sync = createStoreSync(parts, ({ fetchedAt }) => {
    // A copy from before the failure does not show that the origin has recovered.
    if (pause.code === null || fetchedAt > pause.since) pause = NO_PAUSE
  })
  const refresh = createRefresh(parts, sync.load)

  /** Refreshes and remembers the outcome. Never rejects. */
  async function refreshOnce(force: boolean): Promise<RefreshResult> {
    const result = await refresh(force).catch(failed)
    const since = clock.monotonicMs()
    if (result.outcome === 'refreshed') pause = NO_PAUSE
    else if (result.outcome !== 'too-soon') {
      const code = result.outcome === 'failed' ? result.code : null
      pause = { code, since, until: since + result.remainingMs }
    }
    return result
  }

  function failed(error: unknown): RefreshResult & { outcome: 'failed' } {
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
      const pauseMs = pause.until - clock.monotonicMs()
      if (pauseMs > 0) await clock.sleep(pauseMs + 100 * random(), closing.signal).catch(() => {})
      else if ((await refreshInBackground()).outcome !== 'failed') {
        await clock.sleep(100, closing.signal).catch(() => {})
      }
    }
    isFilling = false
  }

  function current(): Copy<T> | null {
    const copy = local.current()
    if (copy?.freshness !== 'stale' || closing.signal.aborted) return copy
    if (clock.monotonicMs() >= pause.until) void refreshInBackground()
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
    const remainingMs = pause.until - clock.monotonicMs()
    return pause.code !== null && remainingMs > 0 ? { code: pause.code, remainingMs } : null
  }

  function errorOf(result: RefreshResult): RefreshFailedError {
    if (result.outcome === 'failed') return new RefreshFailedError(result.code, result.remainingMs)
    return new RefreshFailedError('unknown', backoffMs)
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
      throw errorOf(result)
    },

    async refresh(signal) {
      signal?.throwIfAborted()
      const backoff = currentBackoff()
      if (backoff !== null) throw new RefreshTooSoonError(backoff.remainingMs)
      const result = await resultOf(work.track(refreshOnce(true)), signal)
      if (result.outcome === 'too-soon') throw new RefreshTooSoonError(result.remainingMs)
      const refreshed = local.current()
      if (result.outcome === 'failed' || refreshed === null) throw errorOf(result)
      return refreshed
    },

    status() {
      const copy = local.current()
      const { code } = pause
      return {
        freshness: copy?.freshness ?? 'empty',
        ageMs: copy?.ageMs ?? null,
        failure: code === null ? null : { code, retryAfterMs: currentBackoff()?.remainingMs ?? 0 },
        store: options.store === null ? 'none' : store.available() ? 'up' : 'down',
      }
    },

    async start() {
      await store.open(sync.onStoreEvent)
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
