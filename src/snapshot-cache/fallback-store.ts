import type { Clock } from '../clock.js'
import { createMemoryStore } from './memory-store.js'
import { type Lease, type SharedStore, StoreUnavailableError } from './shared-store.js'

/** A store that never fails. */
export interface FallbackStore<T> extends SharedStore<T> {
  /** Whether the lease was granted by this process alone, so that its fence means nothing to the fleet. */
  isLocal(lease: Lease): boolean
}

/**
 * The shared store while it can be used, this process's own while it cannot. An operation that the shared
 * store cannot do ends as if nobody else were there: nothing to read, a lease of one's own, a copy unshared.
 */
export function createFallbackStore<T>(options: { shared: SharedStore<T> | null; clock: Clock }): FallbackStore<T> {
  const { shared } = options
  const local = createMemoryStore<T>(options)
  const localLeases = new WeakSet<Lease>()

  async function sharedOr<R>(otherwise: R, action: (shared: SharedStore<T>) => Promise<R>): Promise<R> {
    if (shared === null || !shared.available()) return otherwise
    try {
      return await action(shared)
    } catch (error) {
      if (error instanceof StoreUnavailableError) return otherwise
      throw error
    }
  }

  return {
    open: () => shared?.open() ?? local.open(),
    available: () => shared?.available() ?? false,
    isLocal: (lease) => shared !== null && localLeases.has(lease),

    read: () => (shared === null ? local.read() : sharedOr(null, (store) => store.read())),

    async claim(request) {
      const claim = await sharedOr(null, (store) => store.claim(request))
      if (claim !== null) return claim
      const own = await local.claim(request)
      if (own.outcome === 'granted') localLeases.add(own.lease)
      return own
    },

    async publish(lease, entry, lifetimeMs) {
      if (!localLeases.has(lease)) return sharedOr('unshared', (store) => store.publish(lease, entry, lifetimeMs))
      const outcome = await local.publish(lease, entry, lifetimeMs)
      return shared === null || outcome === 'deposed' ? outcome : 'unshared'
    },

    async fail(lease, failure) {
      if (localLeases.has(lease)) return local.fail(lease, failure)
      return sharedOr('noted', (store) => store.fail(lease, failure))
    },

    async renew(lease, leaseMs) {
      if (localLeases.has(lease)) return local.renew(lease, leaseMs)
      return sharedOr(true, (store) => store.renew(lease, leaseMs))
    },

    async release(lease) {
      if (localLeases.has(lease)) return local.release(lease)
      await sharedOr(undefined, (store) => store.release(lease))
    },

    offer: (entry, lifetimeMs, origin) => sharedOr(null, (store) => store.offer(entry, lifetimeMs, origin)),

    subscribe(listener) {
      const ends = [local.subscribe(listener), shared?.subscribe(listener)]
      return () => {
        for (const end of ends) end?.()
      }
    },

    async close() {
      await shared?.close()
      await local.close()
    },
  }
}
