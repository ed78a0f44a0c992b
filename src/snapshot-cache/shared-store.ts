/** One copy as a store holds it. */
export interface Entry<T> {
  readonly value: T
  /** Fencing token: of two copies of about the same age the one with the higher fence is the newer. */
  readonly fence: number
  /** When the origin was asked, on this process's monotonic clock (milliseconds); never later than it really was. */
  readonly fetchedAt: number
}

/**
 * Ages are known to within one command at the store, so a difference below this many milliseconds decides nothing.
 * Beyond it the younger copy is the newer, whatever the fences, which may come from a clock that was ahead.
 */
export const AGE_SLACK_MS = 500

/** The right of one replica to refresh. */
export interface Lease {
  readonly owner: string
  readonly fence: number
  /** Failures in a row before this attempt. */
  readonly failures: number
  /** Granted by this process alone while there is a fleet, to which its fence means nothing. */
  readonly isLocal?: true
}

export interface ClaimRequest {
  readonly owner: string
  /** How long the lease lasts without a renewal, in milliseconds. */
  readonly leaseMs: number
  readonly ttlMs: number
  /** Least distance between two forced refreshes, in milliseconds. */
  readonly windowMs: number
  /**
   * `if-stale` is refused while there is a fresh copy. `forced` ignores the copy; it respects the window of forced
   * refreshes, and opens it when granted. `forced-again` has waited for another call, so it looks for that call's
   * successor first, which may have opened the window.
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
  /** There is a fresh copy, for another `remainingMs`. */
  | { readonly outcome: 'fresh'; readonly remainingMs: number }

/** What a store reports, about this replica's own operations too. */
export type StoreEvent =
  | { readonly type: 'published'; readonly fence: number }
  /** A lease ended without a copy, or the store became reachable or unreachable: those who wait must ask again. */
  | { readonly type: 'ended' }
  /** The fence of the copy in the store, as read by a periodic check; null for none. */
  | { readonly type: 'seen'; readonly fence: number | null }

/**
 * What a fleet shares: one copy, one lease, one backoff. Each operation is atomic, and may reject with
 * `StoreUnavailableError` and nothing else.
 */
export interface SharedStore<T> {
  /** Resolves when a first attempt to reach the store has ended, successful or not. */
  open(onEvent: (event: StoreEvent) => void): Promise<void>
  available(): boolean
  /** The copy in the store; null for none or one that cannot be used. */
  read(): Promise<Entry<T> | null>
  claim(request: ClaimRequest): Promise<Claim>
  /**
   * Ends the lease with a copy that expires `lifetimeMs` after it was fetched. `superseded` after a later lease.
   * `unshared`: the store could not take the copy, so no other replica will see it.
   */
  publish(lease: Lease, entry: Entry<T>, lifetimeMs: number): Promise<'stored' | 'superseded' | 'unshared'>
  /** Ends the lease with a failure, of which there were `failures` in a row; no claim is granted for `backoffMs`. */
  fail(
    lease: Lease,
    failure: { readonly code: string; readonly backoffMs: number; readonly failures: number },
  ): Promise<'recorded' | 'superseded'>
  /** False when the lease is lost. */
  renew(lease: Lease, leaseMs: number): Promise<boolean>
  release(lease: Lease): Promise<void>
  /**
   * Stores a copy made elsewhere if it is newer than the one in the store. Resolves to its fence, else null. With
   * `same-fence` it must have the higher fence and not be the older. With `new-fence`, for a fence that another store
   * issued, it must be the younger, and gets a fence of this store.
   */
  republish(entry: Entry<T>, lifetimeMs: number, fencing: 'same-fence' | 'new-fence'): Promise<number | null>
  close(): Promise<void>
}

/** The store cannot be used now. `reason` is an allow-listed word. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError'
  readonly reason: string

  constructor(reason: string) {
    super(`shared store unavailable: ${reason}`)
    this.reason = reason
  }
}
