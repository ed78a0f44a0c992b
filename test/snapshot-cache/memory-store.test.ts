import { createMemoryStore } from '../../src/snapshot-cache/memory-store.js'
import type { ClaimRequest } from '../../src/snapshot-cache/shared-store.js'
import { createFakeClock } from '../support/fake-clock.js'

// Details of this store that the contract of every store cannot test, because they are exact to the millisecond.

const request: ClaimRequest = {
  owner: 'one',
  leaseMs: 100,
  ttlMs: 300,
  windowMs: 50,
  demand: 'if-stale',
  knownFence: 0,
}

async function world() {
  const clock = createFakeClock()
  const store = createMemoryStore<string>({ clock })
  await clock.advance(1_000)
  const outcomeOf = async (change: Partial<ClaimRequest> = {}) => (await store.claim({ ...request, ...change })).outcome
  const publish = async () => {
    const claim = await store.claim(request)
    if (claim.outcome !== 'granted') throw new Error(`not granted but ${claim.outcome}`)
    const { lease } = claim
    await store.publish(lease, { value: 'copy', fence: lease.fence, fetchedAt: clock.monotonicMs() }, 500)
    return lease
  }
  return { clock, store, outcomeOf, publish }
}

it('a lease expires when its time is over, and not before', async () => {
  const { clock, store, outcomeOf } = await world()
  const republish = () =>
    store.republish({ value: 'young', fence: 3, fetchedAt: clock.monotonicMs() }, 500, 'new-fence')
  await outcomeOf()
  await clock.advance(99)
  expect([await outcomeOf(), await republish()]).toEqual(['held', null])
  await clock.advance(1)
  expect(await republish()).not.toBeNull()
  expect(await outcomeOf({ ttlMs: 0 })).toBe('granted')
})

it('a copy becomes stale, and then expires, to the millisecond', async () => {
  const { clock, store, publish, outcomeOf } = await world()
  await publish()
  await clock.advance(299)
  expect(await outcomeOf()).toBe('fresh')
  await clock.advance(1)
  expect(await outcomeOf()).toBe('granted')
  await clock.advance(199)
  expect(await store.read()).toMatchObject({ value: 'copy' })
  await clock.advance(1)
  expect(await store.read()).toBeNull()
})

it('a window ends when its time is over, and not before', async () => {
  const { clock, store, outcomeOf } = await world()
  await outcomeOf({ demand: 'forced' })
  await clock.advance(49)
  expect(await store.claim({ ...request, demand: 'forced' })).toEqual({ outcome: 'recent', remainingMs: 1 })
  await clock.advance(1)
  expect(await outcomeOf({ demand: 'forced' })).toBe('held')
})

it('a backoff ends when its time is over, and not before', async () => {
  const { clock, store, outcomeOf } = await world()
  const claim = await store.claim(request)
  if (claim.outcome !== 'granted') throw new Error('not granted')
  await store.fail(claim.lease, { code: 'down', backoffMs: 70, failures: 1 })
  await clock.advance(69)
  expect(await store.claim(request)).toEqual({ outcome: 'backoff', remainingMs: 1, code: 'down' })
  await clock.advance(1)
  expect(await outcomeOf()).toBe('granted')
})

it('a copy with a new fence replaces none of the same age', async () => {
  const { clock, store, publish } = await world()
  await publish()
  const twin = { value: 'twin', fence: 9_000, fetchedAt: clock.monotonicMs() }
  expect(await store.republish(twin, 500, 'new-fence')).toBeNull()
  expect(await store.republish({ ...twin, fetchedAt: twin.fetchedAt + 1 }, 500, 'new-fence')).toBe(9_001)
})

it('a closed store emits no events', async () => {
  const { store, publish } = await world()
  let heard = 0
  store.subscribe(() => {
    heard += 1
  })
  await store.close()
  await publish()
  expect(heard).toBe(0)
})
