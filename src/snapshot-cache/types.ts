import type { Clock } from '../clock.js'
import type { SharedStore } from './shared-store.js'

/** A copy that may be served now. */
export interface Copy<T> {
  readonly value: T
  /** Milliseconds since the origin was asked, by a clock that does not jump. */
  readonly ageMs: number
  readonly freshness: 'fresh' | 'stale'
}

/** Why a refresh failed, in words that may be passed on to other replicas. */
export interface RefreshFailure {
  /** Stable code, chosen by the origin, e.g. `upstream_timeout`. */
  readonly code: string
  /** Where false the backoff starts at its maximum: asking again soon cannot help. */
  readonly retryable: boolean
  /** Milliseconds the origin asked for before the next attempt, if it did. */
  readonly retryAfterMs?: number
}

/** No copy may be served and the refresh failed, or the fleet is still in the backoff of one that did. */
export class RefreshFailedError extends Error {
  override readonly name = 'RefreshFailedError'
  readonly code: string
  /** Milliseconds until the fleet tries again. */
  readonly retryAfterMs: number

  constructor(code: string, retryAfterMs: number) {
    super(`no copy can be served: ${code}`)
    this.code = code
    this.retryAfterMs = retryAfterMs
  }
}

/** A forced refresh came before the fleet's backoff window was over. */
export class RefreshTooSoonError extends Error {
  override readonly name = 'RefreshTooSoonError'
  readonly retryAfterMs: number

  constructor(retryAfterMs: number) {
    super('the list was refreshed on demand a moment ago')
    this.retryAfterMs = retryAfterMs
  }
}

export interface SnapshotCacheOptions<T> {
  /**
   * Called under the lease only, with a signal that aborts at the deadline and on close. `sentAtMs` is when the request
   * was sent, on the monotonic clock; by default the time of the call.
   */
  readonly origin: (signal: AbortSignal) => Promise<{ value: T; sentAtMs?: number | undefined }>
  /** What a rejection of `origin` means; a `DOMException` named `TimeoutError` is a deadline of the cache's own. */
  readonly classify: (error: unknown) => RefreshFailure
  readonly ttlMs: number
  /** How long beyond `ttlMs` a copy may still be served. */
  readonly staleMs: number
  /** Least distance between two attempts after a failure, and between two forced refreshes. */
  readonly backoffMs: number
  /** One attempt of the origin; a replica that died while refreshing is replaced within it. */
  readonly attemptTimeoutMs: number
  /** The longest that `get` and `refresh` wait, and that the origin may take. */
  readonly deadlineMs: number
  /** What the fleet shares; null for one process alone. The cache opens and closes it. */
  readonly store: SharedStore<T> | null
  readonly events: SnapshotCacheEvents
  readonly clock?: Clock
  /** A number in [0, 1). */
  readonly random?: () => number
}

/** For logs and metrics. Every member is called synchronously and must not throw. */
export interface SnapshotCacheEvents {
  /**
   * A refresh ended: this replica's own call (`succeeded`, `failed`, or `superseded` by a later lease), or another
   * replica's result that this one loaded (`shared`).
   */
  refreshed(
    outcome: 'succeeded' | 'failed' | 'superseded' | 'shared',
    detail: { code?: string; durationMs: number },
  ): void
  /** The shared store changed state; called on change only. `reason` is an allow-listed word, never a raw error. */
  storeChanged(up: boolean, reason: string): void
  /** One command or script at the shared store ended. */
  storeOperation(operation: string, outcome: 'ok' | 'error' | 'timeout', durationMs: number): void
  /** An entry of the shared store could not be used (wrong key, version, shape); it was treated as a miss. */
  unusableEntry(reason: string): void
}

export interface SnapshotCacheStatus {
  /** Of the copy in memory; `empty` if none may be served. */
  readonly freshness: 'fresh' | 'stale' | 'empty'
  readonly ageMs: number | null
  /** The last refresh's failure while none has succeeded since. */
  readonly failure: { readonly code: string; readonly retryAfterMs: number } | null
  /** `none` if no shared store is configured. */
  readonly store: 'up' | 'down' | 'none'
}

/** One value of the origin, kept as fresh as the budget allows in memory and in a shared store. */
export interface SnapshotCache<T> {
  /** The copy in memory, or null if none may be served. Synchronous. A stale copy starts a background refresh. */
  current(): Copy<T> | null
  /** As `current()`, but starts no refresh: for monitoring. */
  peek(): Copy<T> | null
  /**
   * `current()`, or else the result of a refresh (this replica's or the fleet's).
   * Rejects with `RefreshFailedError`, or the signal's reason.
   */
  get(signal?: AbortSignal): Promise<Copy<T>>
  /**
   * Refreshes whatever the age, by a call that begins after this one, even where one is under way. Rejects with
   * `RefreshTooSoonError` inside the backoff window and with `RefreshFailedError` when the refresh fails.
   */
  refresh(signal?: AbortSignal): Promise<Copy<T>>
  status(): SnapshotCacheStatus
  /** Loads the shared copy and subscribes; a first refresh runs in the background. Never rejects for the store. */
  start(): Promise<void>
  /** Resolves when no background work is left. */
  idle(): Promise<void>
  /** Ends background work, releases the lease, closes the store. */
  close(): Promise<void>
}
