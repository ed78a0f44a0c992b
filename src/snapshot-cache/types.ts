/** A copy that may be served now. */
export interface Copy<T> {
  readonly value: T
  /** Milliseconds since the origin was asked, by a clock that does not jump. */
  readonly ageMs: number
  readonly freshness: 'fresh' | 'stale'
}

/** Why a refresh failed, in words that can travel between replicas. */
export interface RefreshFailure {
  /** Stable code, chosen by the origin, e.g. `upstream_timeout`. */
  readonly code: string
  /** `long` starts the backoff at its cap: asking again soon cannot help. */
  readonly patience: 'short' | 'long'
  /** Milliseconds the origin asked for before the next attempt, where it did. */
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

/** What happens inside, for logs and metrics. Every member is called synchronously and must not throw. */
export interface SnapshotCacheEvents {
  /** A refresh ended: this replica's own call (`succeeded`, `failed`, `deposed`) or another's result that it took over. */
  refreshed(
    outcome: 'succeeded' | 'failed' | 'deposed' | 'adopted',
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
  /** Of the copy in memory; `empty` where none may be served. */
  readonly freshness: 'fresh' | 'stale' | 'empty'
  readonly ageMs: number | null
  readonly refreshing: boolean
  /** The last refresh's failure while none has succeeded since. */
  readonly failure: { readonly code: string; readonly retryAfterMs: number } | null
  /** `none` where no shared store is configured. */
  readonly store: 'up' | 'down' | 'none'
}

/** One value of the origin, kept as fresh as the budget allows in memory and in a shared store. */
export interface SnapshotCache<T> {
  /**
   * The copy in memory, or null where none may be served. Synchronous: this is the warm request path.
   * A stale copy starts a background refresh.
   */
  current(): Copy<T> | null
  /** As `current()`, but starts nothing: for those who watch. */
  peek(): Copy<T> | null
  /**
   * `current()`, or else the result of a refresh (this replica's or the fleet's).
   * Rejects with `RefreshFailedError`, or the signal's reason.
   */
  get(signal?: AbortSignal): Promise<Copy<T>>
  /**
   * Refreshes now, whatever the age: by a call that begins after this one, even where one is under way. Rejects with `RefreshTooSoonError` inside the backoff window and
   * `RefreshFailedError` when the refresh fails.
   */
  refresh(signal?: AbortSignal): Promise<Copy<T>>
  status(): SnapshotCacheStatus
  /** Loads the shared copy and starts listening; a first refresh runs behind. Never rejects for an absent store. */
  start(): Promise<void>
  /** Resolves when no background work is left. */
  idle(): Promise<void>
  /** Ends background work, hands back the lease, closes the store. */
  close(): Promise<void>
}
