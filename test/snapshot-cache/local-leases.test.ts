import { createLocalLeases } from '../../src/snapshot-cache/local-leases.js'
import type { ClaimRequest, Lease } from '../../src/snapshot-cache/shared-store.js'
import { createFakeClock } from '../support/fake-clock.js'

// The contract of every store has the same facts for Redis; here they are exact to the millisecond.

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
  const leases = createLocalLeases({ clock })
  await clock.advance(1_000)
  const claim = (change: Partial<ClaimRequest> = {}) => leases.claim({ ...request, ...change })
  const granted = async (change: Partial<ClaimRequest> = {}): Promise<Lease> => {
    const answer = await claim(change)
    if (answer.outcome !== 'granted') throw new Error(`not granted but ${answer.outcome}`)
    return answer.lease
  }
  const publish = (lease: Lease) =>
    leases.publish(lease, { value: null, fence: lease.fence, fetchedAt: clock.monotonicMs() }, 500)
  const fail = (lease: Lease, failures = 1) => leases.fail(lease, { code: 'down', backoffMs: 70, failures })
  return { clock, leases, claim, granted, publish, fail }
}

describe('a lease', () => {
  it('is granted to one claim at a time, until its time is over', async () => {
    const { clock, claim, granted } = await world()
    const { owner, fence, failures } = await granted()
    expect([owner, failures]).toEqual(['one', 0])
    await clock.advance(99)
    expect(await claim({ owner: 'two' })).toEqual({ outcome: 'held', remainingMs: 1, fence })
    await clock.advance(1)
    expect((await granted({ owner: 'two' })).fence).toBe(fence + 1)
  })

  it('has a fence above every known one', async () => {
    const { granted, leases } = await world()
    const lease = await granted({ knownFence: 70 })
    expect(lease.fence).toBe(71)
    await leases.release(lease)
    expect((await granted({ knownFence: 9 })).fence).toBe(72)
  })

  it('lasts as long as it is renewed', async () => {
    const { clock, leases, claim, granted } = await world()
    const lease = await granted()
    await clock.advance(90)
    expect(await leases.renew(lease, 100)).toBe(true)
    expect(await claim()).toMatchObject({ outcome: 'held', remainingMs: 100 })
  })

  it('ends with a copy, and is not renewed afterwards', async () => {
    const { leases, claim, granted, publish } = await world()
    const lease = await granted()
    expect(await publish(lease)).toBe('stored')
    expect(await leases.renew(lease, 100)).toBe(false)
    expect(await claim({ ttlMs: 0 })).toMatchObject({ outcome: 'granted' })
  })

  it('ends with its release', async () => {
    const { leases, granted } = await world()
    await leases.release(await granted())
    await granted()
  })

  it('of a superseded holder changes nothing', async () => {
    const { clock, leases, claim, granted, publish, fail } = await world()
    const late = await granted()
    await clock.advance(100)
    await granted()
    expect([await publish(late), await fail(late), await leases.renew(late, 500)]).toEqual([
      'superseded',
      'superseded',
      false,
    ])
    await leases.release(late)
    expect(await claim()).toMatchObject({ outcome: 'held', remainingMs: 100 })
  })
})

it('a copy is fresh until its time is over', async () => {
  const { clock, claim, granted, publish } = await world()
  await publish(await granted())
  await clock.advance(299)
  expect(await claim()).toEqual({ outcome: 'fresh', remainingMs: 1 })
  await clock.advance(1)
  await granted()
})

describe('a forced refresh', () => {
  it('is admitted once per window, however fresh the copy is', async () => {
    const { clock, claim, granted, publish } = await world()
    await publish(await granted())
    await publish(await granted({ demand: 'forced' }))
    await clock.advance(49)
    const recent = { outcome: 'recent', remainingMs: 1 }
    expect([await claim({ demand: 'forced' }), await claim({ demand: 'forced-again' })]).toEqual([recent, recent])
    await clock.advance(1)
    await granted({ demand: 'forced-again' })
    expect(await claim({ demand: 'forced' })).toMatchObject({ outcome: 'recent', remainingMs: 50 })
  })

  it('joins a call under way within the window only if it has waited before', async () => {
    const { claim, granted } = await world()
    const { fence } = await granted({ demand: 'forced' })
    expect(await claim({ demand: 'forced' })).toMatchObject({ outcome: 'recent' })
    expect(await claim({ demand: 'forced-again' })).toMatchObject({ outcome: 'held', fence })
  })

  it('does not use up the window where a refresh was not forced', async () => {
    const { granted, publish } = await world()
    await publish(await granted())
    await granted({ demand: 'forced' })
  })
})

describe('a failure', () => {
  it('ends the lease and starts a backoff, until its time is over', async () => {
    const { clock, claim, granted, fail } = await world()
    expect(await fail(await granted())).toBe('recorded')
    await clock.advance(69)
    expect(await claim()).toEqual({ outcome: 'backoff', remainingMs: 1, code: 'down' })
    expect(await claim({ demand: 'forced' })).toMatchObject({ outcome: 'backoff' })
    await clock.advance(1)
    await granted()
  })

  it('is counted until a copy ends the series and the backoff', async () => {
    const { clock, granted, publish, fail } = await world()
    await fail(await granted(), 3)
    await clock.advance(70)
    const next = await granted()
    expect(next.failures).toBe(3)
    await fail(next, 4)
    await publish(next)
    expect((await granted({ ttlMs: 0 })).failures).toBe(0)
  })
})
