import { createMemoryStore } from './memory-store.js'
import { RefreshFailedError, RefreshTooSoonError } from '../../src/snapshot-cache/types.js'
import { createFakeClock, settle } from '../support/fake-clock.js'
import { failureOf, fleetOfTwo, sampleClaim, testCache } from './fixtures.js'

const MINUTE = 60_000

describe('while one replica refreshes', () => {
  it('the other waits for its result and loads it', async () => {
    const { first, second, callsOfSecond } = await fleetOfTwo()
    first.origin.hold()
    await first.cache.start()
    await second.cache.start()
    const waiting = second.cache.get()
    await settle()
    expect(second.cache.status()).toMatchObject({ freshness: 'empty', ageMs: null, store: 'up' })
    first.origin.answer()
    expect(await waiting).toMatchObject({ value: 1, freshness: 'fresh' })
    await first.cache.idle()
    expect(callsOfSecond()).toBe(0)
    expect([first.events.outcomes, second.events.outcomes]).toEqual([['succeeded'], ['shared']])
    expect(second.cache.status()).toMatchObject({ freshness: 'fresh', ageMs: 0, failure: null })
  })

  it('it keeps the lease, however long its call takes', async () => {
    const { clock, first, second, callsOfSecond } = await fleetOfTwo()
    first.origin.hold()
    await first.cache.start()
    await second.cache.start()
    await clock.advance(11_000)
    expect([first.origin.calls(), callsOfSecond()]).toEqual([1, 0])
    first.origin.answer()
    await settle()
    expect(second.cache.peek()).toMatchObject({ value: 1 })
  })

  it('the other takes over when it is killed, once the lease has expired', async () => {
    const { clock, first, second, callsOfSecond } = await fleetOfTwo()
    first.origin.hold()
    await first.cache.start()
    await second.cache.start()
    first.line.cut()
    await clock.advance(2_999)
    expect(callsOfSecond()).toBe(0)
    await clock.advance(51)
    expect([callsOfSecond(), second.cache.peek()?.value]).toEqual([1, 11])
  })

  it('a forced refresh that joined it takes over as well, although the window is used up', async () => {
    const { clock, first, second } = await fleetOfTwo()
    await first.cache.start()
    await second.cache.start()
    await settle()
    first.origin.hold()
    void failureOf(first.cache.refresh())
    await clock.advance(5_000)
    const forced = second.cache.refresh()
    await settle()
    first.line.cut()
    await clock.advance(3_200)
    expect(await forced).toMatchObject({ value: 11 })
  })

  it('a forced refresh of the other waits for it, and for a call that began later', async () => {
    const { clock, first, second, callsOfSecond } = await fleetOfTwo()
    await first.cache.start()
    await second.cache.start()
    await settle()
    await clock.advance(MINUTE)
    first.origin.hold()
    first.cache.current()
    await settle()
    const forced = second.cache.refresh()
    await settle()
    expect(callsOfSecond()).toBe(0)
    first.origin.answer()
    expect(await forced).toMatchObject({ value: 11 })
    expect([first.origin.calls(), callsOfSecond()]).toEqual([2, 1])
    await settle()
    expect(first.cache.peek()).toMatchObject({ value: 11 })
  })

  it('forced refreshes of both that wait for a third share one call', async () => {
    const { clock, inner, first, second, callsOfSecond } = await fleetOfTwo()
    await first.cache.start()
    await second.cache.start()
    await settle()
    await clock.advance(MINUTE)
    const third = await inner.claim({ ...sampleClaim, owner: 'third' })
    if (third.outcome !== 'granted') throw new Error(`not granted but ${third.outcome}`)
    const forced = [first.cache.refresh(), second.cache.refresh()]
    await settle()
    expect([first.origin.calls(), callsOfSecond()]).toEqual([1, 0])
    await inner.publish(third.lease, { value: 50, fence: third.lease.fence, fetchedAt: clock.monotonicMs() }, 3_600_000)
    const [one, other] = await Promise.all(forced)
    expect(one?.value).toBe(other?.value)
    expect(one?.value).not.toBe(50)
    expect(first.origin.calls() + callsOfSecond()).toBe(2)
  })

  it('a lease is shorter than the attempt that it covers', async () => {
    const { clock, first, second, callsOfSecond } = await fleetOfTwo({ attemptTimeoutMs: 1_000 })
    first.origin.hold()
    await first.cache.start()
    await second.cache.start()
    first.line.cut()
    await clock.advance(799)
    expect(callsOfSecond()).toBe(0)
    await clock.advance(51)
    expect(callsOfSecond()).toBe(1)
  })

  it('and completes too late, its copy is replaced by that of its successor', async () => {
    const { clock, inner, first, second } = await fleetOfTwo()
    first.origin.hold()
    await first.cache.start()
    await second.cache.start()
    first.line.cut()
    await clock.advance(3_100)
    await first.line.reconnect()
    await settle()
    first.origin.answer()
    await first.cache.idle()
    expect([first.cache.peek()?.value, (await inner.read())?.value]).toEqual([11, 11])
    expect(first.events.outcomes.filter((outcome) => outcome !== 'shared')).toEqual(['superseded'])
  })

  it('and fails too late, its failure is ignored', async () => {
    const { clock, first, second } = await fleetOfTwo()
    first.origin.hold()
    first.origin.failWith('upstream_timeout')
    await first.cache.start()
    const waiting = first.cache.get()
    await second.cache.start()
    first.line.cut()
    await clock.advance(3_100)
    await first.line.reconnect()
    first.origin.answer()
    expect(await waiting).toMatchObject({ value: 11 })
    await settle()
    expect(first.cache.status().failure).toBeNull()
    expect(second.cache.status().failure).toBeNull()
    expect(first.events.outcomes).toContain('superseded')
  })

  it('and closes, the other continues immediately', async () => {
    const { first, second } = await fleetOfTwo()
    first.origin.hold()
    await first.cache.start()
    await second.cache.start()
    const waiting = failureOf(first.cache.get())
    await first.cache.close()
    await settle()
    expect(second.cache.peek()).toMatchObject({ value: 11 })
    expect(await waiting).toMatchObject({ name: 'RefreshFailedError', code: 'closed' })
    expect(first.events.outcomes).toEqual([])
  })
})

describe('after a failure', () => {
  it('every replica reports it, and none calls the origin before the backoff is over', async () => {
    const { clock, first, second, callsOfSecond } = await fleetOfTwo()
    first.origin.failWith('upstream_rejected')
    await first.cache.start()
    await settle()
    await second.cache.start()
    const error = await failureOf(second.cache.get())
    expect(error).toBeInstanceOf(RefreshFailedError)
    expect(error).toMatchObject({ code: 'upstream_rejected', retryAfterMs: 5_000 })
    expect(await failureOf(second.cache.refresh())).toBeInstanceOf(RefreshTooSoonError)
    await clock.advance(4_999)
    expect([first.origin.calls(), callsOfSecond()]).toEqual([1, 0])
    expect([first.events.outcomes, second.events.outcomes]).toEqual([['failed'], []])
  })

  it('no replica queries the store again before the backoff is over', async () => {
    const clock = createFakeClock()
    const inner = createMemoryStore<number>({ clock })
    let claims = 0
    const store: typeof inner = {
      ...inner,
      claim(request) {
        claims += 1
        return inner.claim(request)
      },
    }
    const { cache, origin } = testCache({ clock, store })
    origin.failWith('upstream_rejected')
    await cache.start()
    await settle()
    for (let n = 0; n < 10; n += 1) {
      expect(await failureOf(cache.get())).toMatchObject({ code: 'upstream_rejected' })
      expect(await failureOf(cache.refresh())).toBeInstanceOf(RefreshTooSoonError)
      await clock.advance(400)
    }
    expect(claims).toBe(1)
    expect(cache.status().failure).toEqual({ code: 'upstream_rejected', retryAfterMs: 1_000 })
    await clock.advance(1_000)
    origin.succeed()
    expect(await cache.get()).toMatchObject({ value: 2 })
    expect(claims).toBe(2)
  })

  it('a forced refresh is rejected with the time left, by a replica that has not seen the failure', async () => {
    const { clock, first, second } = await fleetOfTwo()
    await first.cache.start()
    await second.cache.start()
    await settle()
    first.origin.failWith('upstream_rejected')
    await failureOf(first.cache.refresh())
    await clock.advance(1_000)
    expect(second.cache.status().failure).toBeNull()
    expect(await failureOf(second.cache.refresh())).toMatchObject({ name: 'RefreshTooSoonError', retryAfterMs: 4_000 })
  })

  it('a forced refresh is rejected in the backoff of a refresh that was not forced', async () => {
    const { clock, first, second } = await fleetOfTwo()
    await first.cache.start()
    await second.cache.start()
    await clock.advance(MINUTE)
    first.origin.failWith('upstream_rejected')
    first.cache.current()
    await first.cache.idle()
    await clock.advance(1_000)
    expect(await failureOf(second.cache.refresh())).toMatchObject({ name: 'RefreshTooSoonError', retryAfterMs: 4_000 })
  })

  it('the backoff grows with the failures of all replicas', async () => {
    const { clock, first, second } = await fleetOfTwo()
    await first.cache.start()
    await second.cache.start()
    await settle()
    for (const { origin } of [first, second]) origin.failWith('upstream_unavailable')
    await clock.advance(MINUTE)
    const waits: number[] = []
    for (const { cache } of [first, second, first]) {
      cache.current()
      await cache.idle()
      const { retryAfterMs } = cache.status().failure!
      waits.push(retryAfterMs)
      await clock.advance(retryAfterMs)
    }
    expect(waits).toEqual([5_000, 9_000, 18_000])
  })

  it('the backoff grows although the store loses its keys, until there is a copy', async () => {
    const clock = createFakeClock()
    const inner = createMemoryStore<number>({ clock })
    const store: typeof inner = {
      ...inner,
      async claim(request) {
        const claim = await inner.claim(request)
        return claim.outcome === 'granted' ? { ...claim, lease: { ...claim.lease, failures: 0 } } : claim
      },
    }
    const { cache, origin } = testCache({ clock, store })
    await cache.start()
    await settle()
    const nextWait = async () => {
      cache.current()
      await cache.idle()
      const { retryAfterMs } = cache.status().failure!
      await clock.advance(retryAfterMs)
      return retryAfterMs
    }
    origin.failWith('upstream_unavailable')
    await clock.advance(MINUTE)
    expect([await nextWait(), await nextWait(), await nextWait()]).toEqual([5_000, 9_000, 18_000])
    origin.succeed()
    cache.current()
    await cache.idle()
    origin.failWith('upstream_unavailable')
    await clock.advance(MINUTE)
    expect(await nextWait()).toBe(5_000)
  })

  it('a copy fetched after the failure ends it, and one fetched before does not', async () => {
    const { clock, inner, first } = await fleetOfTwo()
    await first.cache.start()
    await settle()
    await clock.advance(MINUTE)
    first.origin.failWith('upstream_unavailable')
    first.cache.current()
    await first.cache.idle()
    const failedAt = clock.monotonicMs()
    const fence = first.cache.peek() === null ? 0 : 1_000
    await inner.republish({ value: 98, fence, fetchedAt: failedAt }, 3_600_000, 'same-fence')
    await settle()
    expect([first.cache.peek()?.value, first.cache.status().failure?.code]).toEqual([98, 'upstream_unavailable'])
    await clock.advance(1)
    await inner.republish({ value: 99, fence: fence + 1, fetchedAt: failedAt + 1 }, 3_600_000, 'same-fence')
    await settle()
    expect([first.cache.peek()?.value, first.cache.status().failure]).toEqual([99, null])
  })
})
