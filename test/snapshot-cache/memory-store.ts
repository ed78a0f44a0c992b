import type { Clock } from '../../src/clock.js'
import {
  AGE_SLACK_MS,
  type Claim,
  type ClaimRequest,
  type Entry,
  type Lease,
  type SharedStore,
  type StoreEvent,
} from '../../src/snapshot-cache/shared-store.js'

/** A store in this process with the contract of every store, for fleets with a fake clock. Several caches may share it. */
export function createMemoryStore<T>({ clock }: { clock: Clock }): SharedStore<T> {
  const listeners = new Set<(event: StoreEvent) => void>()
  let entry: (Entry<T> & { readonly expiresAt: number }) | null = null
  let lease: { readonly fence: number; readonly until: number } | null = null
  let lastFence = 0
  let failures = 0
  let backoff = { code: '', until: 0 }
  let windowUntil = 0

  const emit = (event: StoreEvent): void => {
    for (const listener of listeners) listener(event)
  }
  const stored = (): Entry<T> | null => (entry !== null && clock.monotonicMs() < entry.expiresAt ? entry : null)

  function claim({ owner, leaseMs, ttlMs, windowMs, demand, knownFence }: ClaimRequest): Claim {
    const now = clock.monotonicMs()
    const freshUntil = (stored()?.fetchedAt ?? -Infinity) + ttlMs
    if (demand === 'if-stale' && now < freshUntil) return { outcome: 'fresh', remainingMs: freshUntil - now }
    if (demand === 'forced' && now < windowUntil) return { outcome: 'recent', remainingMs: windowUntil - now }
    if (lease !== null && now < lease.until) {
      return { outcome: 'held', remainingMs: lease.until - now, fence: lease.fence }
    }
    if (demand === 'forced-again' && now < windowUntil) return { outcome: 'recent', remainingMs: windowUntil - now }
    if (now < backoff.until) return { outcome: 'backoff', remainingMs: backoff.until - now, code: backoff.code }
    lastFence = Math.max(lastFence, knownFence) + 1
    lease = { fence: lastFence, until: now + leaseMs }
    if (demand !== 'if-stale') windowUntil = now + windowMs
    return { outcome: 'granted', lease: { owner, fence: lastFence, failures } }
  }

  const isSuperseded = ({ fence }: Lease): boolean => lastFence > fence

  return {
    open: async (onEvent) => void listeners.add(onEvent),
    available: () => true,
    read: async () => stored(),
    claim: async (request) => claim(request),

    async publish(held, { value, fence, fetchedAt }, lifetimeMs) {
      if (isSuperseded(held)) return 'superseded'
      entry = { value, fence, fetchedAt, expiresAt: fetchedAt + lifetimeMs }
      lease = null
      failures = 0
      backoff = { code: '', until: 0 }
      emit({ type: 'published', fence })
      return 'stored'
    },

    async fail(held, { code, backoffMs, failures: inARow }) {
      if (isSuperseded(held)) return 'superseded'
      lease = null
      failures = inARow
      backoff = { code, until: clock.monotonicMs() + backoffMs }
      emit({ type: 'ended' })
      return 'recorded'
    },

    async renew(held, leaseMs) {
      if (isSuperseded(held) || entry?.fence === held.fence) return false
      lease = { fence: held.fence, until: clock.monotonicMs() + leaseMs }
      return true
    },

    async release(held) {
      if (isSuperseded(held)) return
      lease = null
      emit({ type: 'ended' })
    },

    async republish(offered, lifetimeMs, fencing) {
      const now = clock.monotonicMs()
      const mine = stored()
      if (fencing === 'same-fence') {
        if (mine !== null && mine.fence >= offered.fence) return null
        if (mine !== null && mine.fetchedAt > offered.fetchedAt + AGE_SLACK_MS) return null
      } else if ((mine !== null && mine.fetchedAt >= offered.fetchedAt) || (lease !== null && now < lease.until)) {
        return null
      }
      const fence = fencing === 'same-fence' ? offered.fence : Math.max(lastFence, offered.fence) + 1
      lastFence = Math.max(lastFence, fence)
      entry = { value: offered.value, fence, fetchedAt: offered.fetchedAt, expiresAt: offered.fetchedAt + lifetimeMs }
      emit({ type: 'published', fence })
      return fence
    },

    close: async () => {},
  }
}
