import { randomUUID } from 'node:crypto'
import { systemClock } from '../../src/clock.js'
import { createMemoryStore } from './memory-store.js'
import type { Claim, ClaimRequest, Lease, SharedStore, StoreEvent } from '../../src/snapshot-cache/shared-store.js'
import { type RedisServer, startRedisServer, stopRedisServers } from '../support/redis-server.js'
import { openStore, sampleClaim } from './fixtures.js'
import { waitFor } from '../support/wait-for.js'

const LIFETIME_MS = 60_000
/** Matches a number from `least` to `most`. */
const within = (least: number, most: number): unknown => ({
  asymmetricMatch: (value: unknown) => typeof value === 'number' && value >= least && value <= most,
})
const ofLeases = (heard: readonly StoreEvent[]) => heard.filter(({ type }) => type === 'published' || type === 'ended')
let redis: RedisServer

beforeAll(async () => {
  redis = await startRedisServer()
})
afterAll(stopRedisServers)

const stores: Record<string, () => Promise<SharedStore<string>>> = {
  memory: async () => createMemoryStore<string>({ clock: systemClock }),
  redis: async () => openStore({ url: redis.url, keyPrefix: randomUUID() }),
}

describe.each(Object.keys(stores))('a shared store (%s)', (kind) => {
  let store: SharedStore<string>
  let heard: StoreEvent[]

  beforeEach(async () => {
    store = await stores[kind]!()
    heard = []
    await store.open((event) => heard.push(event))
    // What Redis reports about itself.
    heard = []
  })
  afterEach(() => store.close())

  // No limit ends while a busy machine is slow.
  const claim = (request: Partial<ClaimRequest> = {}): Promise<Claim> =>
    store.claim({ ...sampleClaim, leaseMs: 20_000, windowMs: 20_000, ...request })
  const granted = async (request: Partial<ClaimRequest> = {}): Promise<Lease> => {
    const answer = await claim(request)
    if (answer.outcome !== 'granted') throw new Error(`not granted but ${answer.outcome}`)
    return answer.lease
  }
  const publish = (lease: Lease, value: string, fetchedAt = systemClock.monotonicMs()) =>
    store.publish(lease, { value, fence: lease.fence, fetchedAt }, LIFETIME_MS)

  it('is empty at first', async () => {
    expect(await store.read()).toBeNull()
  })

  it('returns the copy that was published, with its fence', async () => {
    const lease = await granted()
    expect(await publish(lease, 'first')).toBe('stored')
    expect(await store.read()).toMatchObject({ value: 'first', fence: lease.fence })
  })

  it('keeps the time of fetching, and never makes a copy younger', async () => {
    const askedAt = systemClock.monotonicMs()
    const lease = await granted()
    const fetchedAt = systemClock.monotonicMs()
    await publish(lease, 'first', fetchedAt)
    const entry = await store.read()
    expect(entry!.fetchedAt).toBeLessThanOrEqual(fetchedAt)
    // Older by no more than the round trip to the store.
    expect(fetchedAt - entry!.fetchedAt).toBeLessThan(systemClock.monotonicMs() - askedAt + 5)
  })

  it('lets one replica refresh and reports the time left to the others', async () => {
    await granted()
    const answer = await claim({ owner: 'two' })
    expect(answer).toMatchObject({ outcome: 'held', remainingMs: within(10_000, 20_000) })
  })

  it('grants exactly one of many simultaneous claims', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => claim({ owner: `replica ${index}` })))
    expect(answers.filter(({ outcome }) => outcome === 'granted')).toHaveLength(1)
    expect(answers.filter(({ outcome }) => outcome === 'held')).toHaveLength(49)
  })

  it('rejects a refresh while the copy is fresh, and reports the time left', async () => {
    await publish(await granted(), 'first')
    const answer = await claim({ owner: 'two' })
    expect(answer).toMatchObject({ outcome: 'fresh', remainingMs: within(10_000, 30_000) })
  })

  it('keeps a copy for its lifetime since it was fetched, and no longer', async () => {
    const lease = await granted()
    const fetchedAt = systemClock.monotonicMs() - LIFETIME_MS + 1_000
    expect(await publish(lease, 'old', fetchedAt)).toBe('stored')
    expect(await store.read()).toMatchObject({ value: 'old' })
    await waitFor(async () => (await store.read()) === null || null)
    expect(await claim()).toMatchObject({ outcome: 'granted' })
  })

  it('grants a refresh of a stale copy, with a higher fence', async () => {
    const first = await granted()
    await publish(first, 'first')
    const second = await granted({ owner: 'two', ttlMs: 0 })
    expect(second.fence).toBeGreaterThan(first.fence)
  })

  it("grants a fence above the caller's known one", async () => {
    const knownFence = Date.now() * 1000 + 60_000_000
    expect((await granted({ knownFence })).fence).toBeGreaterThan(knownFence)
  })

  it('lets another replica take over once the lease has expired', async () => {
    const dead = await granted({ leaseMs: 40 })
    const successor = await waitFor(async () => {
      const answer = await claim({ owner: 'two' })
      return answer.outcome === 'granted' ? answer.lease : null
    })
    expect(successor.fence).toBeGreaterThan(dead.fence)
  })

  it('rejects the late result of a superseded holder, whether a copy or a failure', async () => {
    const late = await granted({ leaseMs: 20 })
    const successor = await waitFor(async () => {
      const answer = await claim({ owner: 'two' })
      return answer.outcome === 'granted' ? answer.lease : null
    })
    expect(await publish(late, 'late')).toBe('superseded')
    expect(await store.fail(late, { code: 'late', backoffMs: 5_000, failures: 1 })).toBe('superseded')
    expect(await publish(successor, 'successor')).toBe('stored')
    expect(await store.read()).toMatchObject({ value: 'successor' })
  })

  it('lets a superseded holder neither renew nor release the lease of its successor', async () => {
    const late = await granted({ leaseMs: 20 })
    await waitFor(async () => (await claim({ owner: 'two' })).outcome === 'granted' || null)
    expect(await store.renew(late, 5_000)).toBe(false)
    await store.release(late)
    expect(await claim({ owner: 'three' })).toMatchObject({ outcome: 'held', remainingMs: within(10_000, 20_000) })
  })

  it('accepts the late result of a holder that has not been replaced', async () => {
    const late = await granted({ leaseMs: 10 })
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(await publish(late, 'late')).toBe('stored')
  })

  it('keeps a renewed lease, and not one that has ended', async () => {
    const lease = await granted({ leaseMs: 100 })
    expect(await store.renew(lease, 30_000)).toBe(true)
    expect(await claim({ owner: 'two' })).toMatchObject({ outcome: 'held', remainingMs: within(10_000, 30_000) })
    await publish(lease, 'first')
    expect(await store.renew(lease, 30_000)).toBe(false)
    expect(await claim({ owner: 'two', ttlMs: 0 })).toMatchObject({ outcome: 'granted' })
  })

  it('grants the next lease immediately when one is released', async () => {
    await store.release(await granted())
    expect(await claim({ owner: 'two' })).toMatchObject({ outcome: 'granted' })
  })

  it('rejects claims after a failure and returns its code', async () => {
    const failure = { code: 'upstream_timeout', backoffMs: 30_000, failures: 1 }
    expect(await store.fail(await granted(), failure)).toBe('recorded')
    expect(await claim({ owner: 'two' })).toMatchObject({
      outcome: 'backoff',
      code: 'upstream_timeout',
      remainingMs: within(10_000, 30_000),
    })
  })

  it('counts failures in a row, until a success', async () => {
    await store.fail(await granted(), { code: 'down', backoffMs: 1, failures: 3 })
    const next = await waitFor(async () => {
      const answer = await claim()
      return answer.outcome === 'granted' ? answer.lease : null
    })
    expect(next.failures).toBe(3)
    await publish(next, 'first')
    expect((await granted({ ttlMs: 0 })).failures).toBe(0)
  })

  it('admits a forced refresh of a fresh copy once per window', async () => {
    await publish(await granted(), 'first')
    await publish(await granted({ demand: 'forced' }), 'second')
    expect(await claim({ owner: 'two', demand: 'forced' })).toMatchObject({
      outcome: 'recent',
      remainingMs: within(10_000, 20_000),
    })
  })

  it('opens no window for ordinary refreshes, independent of the lease holder', async () => {
    const lease = await granted()
    expect(await claim({ owner: 'two' })).toMatchObject({ outcome: 'held' })
    await publish(lease, 'first')
    expect(await claim({ demand: 'forced' })).toMatchObject({ outcome: 'granted' })
  })

  it('reports the call in progress to a forced refresh, and does not open the window', async () => {
    const lease = await granted()
    const held = { outcome: 'held', fence: lease.fence }
    expect(await claim({ owner: 'two', demand: 'forced' })).toMatchObject(held)
    expect(await claim({ owner: 'three', demand: 'forced' })).toMatchObject(held)
    expect(await claim({ owner: 'two', demand: 'forced-again' })).toMatchObject(held)
    await publish(lease, 'first')
    const next = await granted({ owner: 'two', demand: 'forced-again' })
    expect(await claim({ owner: 'three', demand: 'forced-again' })).toMatchObject({
      outcome: 'held',
      fence: next.fence,
    })
    expect(await claim({ owner: 'three', demand: 'forced' })).toMatchObject({ outcome: 'recent' })
    await publish(next, 'second')
    expect(await claim({ owner: 'three', demand: 'forced-again' })).toMatchObject({ outcome: 'recent' })
  })

  it('rejects a forced refresh in the backoff of a failure', async () => {
    await store.fail(await granted(), { code: 'down', backoffMs: 30_000, failures: 1 })
    expect(await claim({ demand: 'forced' })).toMatchObject({ outcome: 'backoff' })
  })

  it('reports copies and leases that ended without one', async () => {
    await store.release(await granted())
    const lease = await granted()
    await publish(lease, 'first')
    await waitFor(async () => heard.some(({ type }) => type === 'published') || null)
    expect(heard.filter(({ type }) => type !== 'seen')).toEqual([
      { type: 'ended' },
      { type: 'published', fence: lease.fence },
    ])
  })

  it('reports failures and republished copies', async () => {
    const reported = async (count: number) => waitFor(() => ofLeases(heard).length === count || null)
    await store.fail(await granted(), { code: 'down', backoffMs: 1, failures: 1 })
    await reported(1)
    const fence = Date.now() * 1000 + 60_000_000
    await store.republish({ value: 'kept', fence, fetchedAt: systemClock.monotonicMs() }, LIFETIME_MS, 'same-fence')
    await reported(2)
    expect(ofLeases(heard)).toEqual([{ type: 'ended' }, { type: 'published', fence }])
  })

  it('is available once it is open', () => {
    expect(store.available()).toBe(true)
  })

  it('stores a republished copy where there is none', async () => {
    const fetchedAt = systemClock.monotonicMs()
    expect(await store.republish({ value: 'kept', fence: 7, fetchedAt }, LIFETIME_MS, 'same-fence')).toBe(7)
    expect(await store.read()).toMatchObject({ value: 'kept', fence: 7 })
  })

  it('stores a copy with the same, higher fence, and grants none below it afterwards', async () => {
    const { fence } = await granted({ leaseMs: 20 })
    const fetchedAt = systemClock.monotonicMs()
    expect(await store.republish({ value: 'mine', fence, fetchedAt }, LIFETIME_MS, 'same-fence')).toBe(fence)
    expect(await store.republish({ value: 'again', fence, fetchedAt }, LIFETIME_MS, 'same-fence')).toBeNull()
    const higher = fence + 3_600_000_000
    expect(await store.republish({ value: 'newer', fence: higher, fetchedAt }, LIFETIME_MS, 'same-fence')).toBe(higher)
    expect(await store.read()).toMatchObject({ value: 'newer', fence: higher })
    const next = await waitFor(async () => {
      const answer = await claim({ ttlMs: 0 })
      return answer.outcome === 'granted' ? answer.lease : null
    })
    expect(next.fence).toBeGreaterThan(higher)
  })

  it('gives a copy a new fence above its own, and grants higher ones from then on', async () => {
    const fence = Date.now() * 1000 + 60_000_000
    const fetchedAt = systemClock.monotonicMs()
    const taken = await store.republish({ value: 'young', fence, fetchedAt }, LIFETIME_MS, 'new-fence')
    expect(taken).toBeGreaterThan(fence)
    expect((await granted({ ttlMs: 0 })).fence).toBeGreaterThan(taken!)
  })

  it('stores a copy with a new fence once the lease has expired', async () => {
    await granted({ leaseMs: 20 })
    const republish = () =>
      store.republish({ value: 'young', fence: 3, fetchedAt: systemClock.monotonicMs() }, LIFETIME_MS, 'new-fence')
    expect(await waitFor(republish)).toBeGreaterThan(3)
  })

  it('does not store an expired copy', async () => {
    const fetchedAt = systemClock.monotonicMs() - 1_000
    await store.republish({ value: 'dead', fence: 7, fetchedAt }, 1_000, 'same-fence')
    expect(await store.read()).toBeNull()
    const lease = await granted()
    await store.publish(lease, { value: 'dead', fence: lease.fence, fetchedAt }, 1_000)
    expect(await store.read()).toBeNull()
    expect(await claim({ owner: 'two' })).toMatchObject({ outcome: 'granted' })
  })

  it('rejects republishing a copy that is older than the stored one', async () => {
    const before = systemClock.monotonicMs() - 500
    const lease = await granted()
    await publish(lease, 'first')
    expect(
      await store.republish({ value: 'old', fence: lease.fence - 1, fetchedAt: before }, LIFETIME_MS, 'same-fence'),
    ).toBeNull()
    expect(await store.republish({ value: 'old', fence: 1, fetchedAt: before }, LIFETIME_MS, 'new-fence')).toBeNull()
    expect(await store.read()).toMatchObject({ value: 'first' })
  })

  it('rejects a copy with the same fence that is older than the stored one, whatever the fence', async () => {
    const lease = await granted()
    await publish(lease, 'first')
    const fetchedAt = systemClock.monotonicMs() - 2_000
    const fence = lease.fence + 3_600_000_000
    expect(await store.republish({ value: 'old', fence, fetchedAt }, LIFETIME_MS, 'same-fence')).toBeNull()
    expect(await store.read()).toMatchObject({ value: 'first' })
  })

  it('gives a younger copy a new fence above all before', async () => {
    const lease = await granted()
    await publish(lease, 'first', systemClock.monotonicMs() - 20_000)
    const fetchedAt = systemClock.monotonicMs()
    const fence = await store.republish({ value: 'young', fence: 3, fetchedAt }, LIFETIME_MS, 'new-fence')
    expect(fence).toBeGreaterThan(lease.fence)
    expect(await store.read()).toMatchObject({ value: 'young' })
  })

  it('does not let a republished copy supersede a refresh in progress', async () => {
    const lease = await granted()
    const fetchedAt = systemClock.monotonicMs()
    expect(await store.republish({ value: 'young', fence: 3, fetchedAt }, LIFETIME_MS, 'new-fence')).toBeNull()
    expect(await publish(lease, 'first')).toBe('stored')
  })
})
