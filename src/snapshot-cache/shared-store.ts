/** One copy as a store holds it. */
export interface Entry<T> {
  readonly value: T
  /** Orders copies: of two copies of about the same age the one with the higher fence is the newer. */
  readonly fence: number
  /** When the origin was asked, on this process's monotonic clock (milliseconds); never later than it really was. */
  readonly bornAt: number
}

/**
 * Ages that differ by less than this many milliseconds say nothing: each is known to within one command at the store. Beyond
 * it the younger copy is the newer, whatever the fences, which may be those of a clock that was ahead.
 */
export const AGE_SLACK_MS = 500

/** The right of one replica to refresh. */
export interface Lease {
  readonly owner: string
  readonly fence: number
  /** Failures in a row before this attempt. */
  readonly failures: number
}

export interface LeaseFailure {
  readonly code: string
  readonly backoffMs: number
  /** Failures in a row, this one included. */
  readonly failures: number
}

export interface ClaimRequest {
  readonly owner: string
  /** How long the lease lives without a renewal, in milliseconds. */
  readonly leaseMs: number
  readonly ttlMs: number
  /** Least distance between two forced refreshes, in milliseconds. */
  readonly windowMs: number
  /**
   * `if-stale` takes no for an answer where a fresh copy stands. `forced` ignores the copy; it respects the window of
   * forced refreshes, and opens it when it is granted. `forced-again`, of one that has waited for a call under way, first
   * learns of the next call, which may have opened the window.
   */
  readonly demand: 'if-stale' | 'forced' | 'forced-again'
  /** The highest fence the caller has seen, 0 for none; a lease's fence is always higher. */
  readonly knownFence: number
}

export type Claim =
  | { readonly outcome: 'granted'; readonly lease: Lease }
  /** Another call is under way, with this fence; its holder must renew within `remainingMs`. */
  | { readonly outcome: 'held'; readonly remainingMs: number; readonly fence: number }
  /** The last refresh failed with `code`. */
  | { readonly outcome: 'backoff'; readonly remainingMs: number; readonly code: string }
  /** A forced refresh was admitted a moment ago. */
  | { readonly outcome: 'recent'; readonly remainingMs: number }
  /** Somebody has refreshed already; that copy stays fresh for `remainingMs`. */
  | { readonly outcome: 'fresh'; readonly remainingMs: number }

/** `unshared`: the store could not take the copy, so nobody else will see it. */
export type PublishOutcome = 'stored' | 'deposed' | 'unshared'

/** What a store tells its listeners, about this replica's own doing too. */
export type StoreEvent =
  | { readonly type: 'published'; readonly fence: number }
  /** A lease ended without a copy; a claim tells whether in failure. */
  | { readonly type: 'ended' }
  /** The store became reachable or unreachable. */
  | { readonly type: 'changed'; readonly up: boolean }
  /** What stands in the store, as seen in passing; null for nothing. */
  | { readonly type: 'seen'; readonly fence: number | null }

/**
 * Where replicas meet: one copy, one lease, one backoff. Each operation is atomic. Every operation may
 * reject with `StoreUnavailableError`, and only with that.
 */
export interface SharedStore<T> {
  /** Resolves when a first attempt to reach the store has ended, well or badly. */
  open(): Promise<void>
  available(): boolean
  /** The copy that stands there; null for none or one that cannot be used. */
  read(): Promise<Entry<T> | null>
  claim(request: ClaimRequest): Promise<Claim>
  /** Ends the lease with a copy, for `lifetimeMs` from its birth. `deposed` when a later lease was granted. */
  publish(lease: Lease, entry: Entry<T>, lifetimeMs: number): Promise<PublishOutcome>
  /** Ends the lease with a failure that keeps everybody away for `backoffMs`. */
  fail(lease: Lease, failure: LeaseFailure): Promise<'noted' | 'deposed'>
  /** False when the lease is lost. */
  renew(lease: Lease, leaseMs: number): Promise<boolean>
  release(lease: Lease): Promise<void>
  /**
   * Puts up a copy made elsewhere if it is newer than what stands there, and resolves to its fence, else
   * null. An `own` one must have the higher fence and not be the older. An entry whose fence another store issued (`foreign`) is compared by birth and gets a new fence.
   */
  offer(entry: Entry<T>, lifetimeMs: number, origin: 'own' | 'foreign'): Promise<number | null>
  /** Returns the function that ends the subscription. */
  subscribe(listener: (event: StoreEvent) => void): () => void
  close(): Promise<void>
}

/** The store cannot be used now. `reason` is an allow-listed word. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError'
  readonly reason: string

  constructor(reason: string) {
    super(`the shared store cannot be used: ${reason}`)
    this.reason = reason
  }
}
