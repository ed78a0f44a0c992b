import type { Clock } from '../clock.js'
import type { Claim, ClaimRequest, Lease, SharedStore } from './shared-store.js'

/** What a store coordinates, without the copy itself. */
export type Leases<T> = Pick<SharedStore<T>, 'claim' | 'publish' | 'fail' | 'renew' | 'release'>

/** The leases of this process alone: without Redis, and while Redis is unavailable. Keeps the age of a copy, not the copy. */
export function createLocalLeases({ clock }: { clock: Clock }): Leases<unknown> {
  let published = { fence: 0, fetchedAt: -Infinity }
  let lastFence = 0
  let leaseUntil = -Infinity
  let failures = 0
  let backoff = { code: '', until: -Infinity }
  let windowUntil = -Infinity

  const isSuperseded = ({ fence }: Lease): boolean => lastFence > fence

  function claim({ owner, leaseMs, ttlMs, windowMs, demand, knownFence }: ClaimRequest): Claim {
    const now = clock.monotonicMs()
    const freshUntil = published.fetchedAt + ttlMs
    if (demand === 'if-stale' && now < freshUntil) return { outcome: 'fresh', remainingMs: freshUntil - now }
    if (demand === 'forced' && now < windowUntil) return { outcome: 'recent', remainingMs: windowUntil - now }
    if (now < leaseUntil) return { outcome: 'held', remainingMs: leaseUntil - now, fence: lastFence }
    if (demand === 'forced-again' && now < windowUntil) return { outcome: 'recent', remainingMs: windowUntil - now }
    if (now < backoff.until) return { outcome: 'backoff', remainingMs: backoff.until - now, code: backoff.code }
    lastFence = Math.max(lastFence, knownFence) + 1
    leaseUntil = now + leaseMs
    if (demand !== 'if-stale') windowUntil = now + windowMs
    return { outcome: 'granted', lease: { owner, fence: lastFence, failures } }
  }

  return {
    claim: async (request) => claim(request),

    async publish(lease, { fetchedAt }) {
      if (isSuperseded(lease)) return 'superseded'
      published = { fence: lease.fence, fetchedAt }
      failures = 0
      backoff = { code: '', until: -Infinity }
      leaseUntil = -Infinity
      return 'stored'
    },

    async fail(lease, { code, backoffMs, failures: inARow }) {
      if (isSuperseded(lease)) return 'superseded'
      failures = inARow
      backoff = { code, until: clock.monotonicMs() + backoffMs }
      leaseUntil = -Infinity
      return 'recorded'
    },

    async renew(lease, leaseMs) {
      if (isSuperseded(lease) || published.fence === lease.fence) return false
      leaseUntil = clock.monotonicMs() + leaseMs
      return true
    },

    async release(lease) {
      if (!isSuperseded(lease)) leaseUntil = -Infinity
    },
  }
}
