import type { Clock } from '../clock.js'
import { createLocalLeases, type Leases } from './local-leases.js'
import { type Lease, type SharedStore, StoreUnavailableError } from './shared-store.js'

/**
 * A store that never rejects: the shared store while it is available, otherwise leases of this process alone. If the
 * shared store fails, an operation ends as if there were no other replica: nothing to read, a local lease, an unshared
 * copy.
 */
export function createFallbackStore<T>(options: { shared: SharedStore<T> | null; clock: Clock }): SharedStore<T> {
  const { shared } = options
  const local = createLocalLeases(options)

  async function sharedOr<R>(otherwise: R, action: (shared: SharedStore<T>) => Promise<R>): Promise<R> {
    if (shared === null || !shared.available()) return otherwise
    try {
      return await action(shared)
    } catch (error) {
      if (error instanceof StoreUnavailableError) return otherwise
      throw error
    }
  }
  const byLease = <R>(lease: Lease, otherwise: R, action: (store: Leases<T>) => Promise<R>): Promise<R> =>
    shared === null || lease.isLocal ? action(local) : sharedOr(otherwise, action)

  return {
    open: async (onEvent) => shared?.open(onEvent),
    available: () => shared?.available() ?? false,
    read: () => sharedOr(null, (store) => store.read()),

    async claim(request) {
      const claim = await sharedOr(null, (store) => store.claim(request))
      if (claim !== null) return claim
      const own = await local.claim(request)
      if (shared === null || own.outcome !== 'granted') return own
      return { outcome: 'granted', lease: { ...own.lease, isLocal: true } }
    },

    async publish(lease, entry, lifetimeMs) {
      const outcome = await byLease(lease, 'unshared', (store) => store.publish(lease, entry, lifetimeMs))
      return outcome === 'stored' && lease.isLocal ? 'unshared' : outcome
    },

    fail: (lease, failure) => byLease(lease, 'recorded', (store) => store.fail(lease, failure)),
    renew: (lease, leaseMs) => byLease(lease, true, (store) => store.renew(lease, leaseMs)),
    release: (lease) => byLease(lease, undefined, (store) => store.release(lease)),
    republish: (entry, lifetimeMs, fencing) => sharedOr(null, (store) => store.republish(entry, lifetimeMs, fencing)),
    close: async () => shared?.close(),
  }
}
