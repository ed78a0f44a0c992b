import { createMemoryStore } from './memory-store.js'
import { RefreshFailedError, RefreshTooSoonError } from '../../src/snapshot-cache/types.js'
import { createFakeClock, settle } from '../support/fake-clock.js'
import { startedCache, testCache } from './fixtures.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

describe('a failing origin', () => {
  it('causes a handful of calls in an hour of requests, each answered with the correct age', async () => {
    const { cache, clock, origin } = await startedCache()
    origin.failWith('upstream_unavailable')
    await clock.advance(MINUTE)
    for (let second = 0; second < 3600; second += 4) {
      expect(cache.current()).toEqual({ value: 1, ageMs: MINUTE + second * 1000, freshness: 'stale' })
      await clock.advance(4000)
    }
    expect(cache.status()).toMatchObject({ freshness: 'stale', failure: { code: 'upstream_unavailable' } })
    // 5 + 9 + 18 + 36 s to the cap, then one per 54 s: the cap minus its jitter
    expect(origin.calls()).toBeLessThanOrEqual(1 + 4 + 3600 / 54 + 1)
    expect(origin.calls()).toBeGreaterThan(40)
  })

  it('serves fresh data within one backoff of the recovery', async () => {
    const { cache, clock, origin } = await startedCache()
    origin.failWith('upstream_unavailable')
    for (let minute = 0; minute < 60; minute += 1) {
      await clock.advance(MINUTE)
      cache.current()
      await settle()
    }
    origin.succeed()
    const { retryAfterMs } = cache.status().failure!
    expect(retryAfterMs).toBeLessThanOrEqual(MINUTE)
    await clock.advance(retryAfterMs)
    cache.current()
    await cache.idle()
    expect(cache.current()).toMatchObject({ ageMs: 0, freshness: 'fresh' })
    expect(cache.status().failure).toBeNull()
  })

  it('is retried until it recovers once the copy has expired, without a further request', async () => {
    const { cache, clock, origin } = await startedCache({ staleMs: MINUTE })
    origin.failWith('upstream_unavailable')
    await clock.advance(2 * MINUTE - 1)
    cache.current()
    await settle()
    await clock.advance(1)
    await expect(cache.get()).rejects.toThrow(RefreshFailedError)
    origin.succeed()
    await clock.advance(MINUTE)
    expect(cache.peek()).not.toBeNull()
  })

  it('causes an immediate failure while there is nothing to serve and the backoff lasts', async () => {
    const origin = testCache().origin
    origin.failWith('upstream_rejected')
    const { cache, clock } = await startedCache({ origin })
    await clock.advance(1_000)
    const error = await cache.get().catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(RefreshFailedError)
    expect(error).toMatchObject({ code: 'upstream_rejected', retryAfterMs: 4_000 })
    expect(origin.calls()).toBe(1)
  })

  it('reveals nothing of the origin beyond its code', async () => {
    const origin = testCache().origin
    origin.failWith('upstream_rejected')
    const { cache } = await startedCache({ origin })
    const error = await cache.get().catch((caught: unknown) => caught)
    expect(String((error as Error).stack)).not.toContain('secret text')
  })

  it('recovers without a request when there was nothing to serve', async () => {
    const origin = testCache().origin
    origin.failWith('upstream_unavailable')
    const { cache, clock } = await startedCache({ origin })
    await clock.advance(2 * MINUTE)
    expect(cache.status()).toMatchObject({ freshness: 'empty', failure: { code: 'upstream_unavailable' } })
    origin.succeed()
    await clock.advance(MINUTE + 1_000)
    expect(cache.peek()).toMatchObject({ freshness: 'fresh' })
  })

  it('recovers after the copy has expired in a long outage', async () => {
    const { cache, clock, origin } = await startedCache({ staleMs: HOUR })
    origin.failWith('upstream_unavailable')
    await clock.advance(2 * HOUR)
    await expect(cache.get()).rejects.toBeInstanceOf(RefreshFailedError)
    origin.succeed()
    await clock.advance(10_000)
    expect(cache.peek()).toMatchObject({ value: 3, freshness: 'fresh' })
  })

  it('starts the backoff at its maximum if the failure is not retryable', async () => {
    const { cache, clock, origin } = await startedCache()
    origin.failWith('upstream_rejected', { retryable: false })
    await clock.advance(MINUTE)
    cache.current()
    await cache.idle()
    expect(cache.status().failure!.retryAfterMs).toBeGreaterThanOrEqual(0.8 * MINUTE)
  })

  it('waits as long as the origin asks for', async () => {
    const { cache, clock, origin } = await startedCache()
    origin.failWith('upstream_overloaded', { retryAfterMs: 3 * MINUTE })
    await clock.advance(MINUTE)
    cache.current()
    await cache.idle()
    expect(cache.status().failure).toEqual({ code: 'upstream_overloaded', retryAfterMs: 3 * MINUTE })
  })
})

describe('a forced refresh', () => {
  it('refreshes a fresh copy', async () => {
    const { cache } = await startedCache()
    expect(await cache.refresh()).toMatchObject({ value: 2, ageMs: 0 })
  })

  it('is rejected within the window of the previous one', async () => {
    const { cache, clock } = await startedCache()
    await cache.refresh()
    await clock.advance(2_000)
    const error = await cache.refresh().catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(RefreshTooSoonError)
    expect(error).toMatchObject({ retryAfterMs: 3_000 })
    await clock.advance(3_000)
    expect(await cache.refresh()).toMatchObject({ value: 3 })
  })

  it('is rejected in the backoff of a failure', async () => {
    const { cache, clock, origin } = await startedCache()
    origin.failWith('upstream_unavailable')
    await clock.advance(MINUTE)
    cache.current()
    await cache.idle()
    await expect(cache.refresh()).rejects.toBeInstanceOf(RefreshTooSoonError)
    expect(origin.calls()).toBe(2)
  })

  it('keeps the copy if it fails, and reports why', async () => {
    const { cache, origin } = await startedCache()
    origin.failWith('upstream_timeout')
    await expect(cache.refresh()).rejects.toMatchObject({ name: 'RefreshFailedError', code: 'upstream_timeout' })
    expect(cache.current()).toMatchObject({ value: 1, freshness: 'fresh' })
  })

  it('waits for a refresh in progress, and then makes its own call', async () => {
    const { cache, clock, origin } = await startedCache()
    await clock.advance(MINUTE)
    origin.hold()
    cache.current()
    await settle()
    const forced = cache.refresh()
    await settle()
    expect(origin.calls()).toBe(2)
    origin.answer()
    expect(await forced).toMatchObject({ value: 3 })
    expect(origin.calls()).toBe(3)
  })

  it('shares the next call with all others that wait for it', async () => {
    const { cache, clock, origin } = await startedCache()
    await clock.advance(MINUTE)
    origin.hold()
    cache.current()
    await settle()
    const forced = [cache.refresh(), cache.refresh(), cache.refresh()]
    await settle()
    origin.answer()
    expect((await Promise.all(forced)).map(({ value }) => value)).toEqual([3, 3, 3])
    expect(origin.calls()).toBe(3)
  })

  it('starts its window with its own call, not with the one in progress before', async () => {
    const { cache, clock, origin } = await startedCache()
    await clock.advance(MINUTE)
    origin.hold()
    cache.current()
    await settle()
    const forced = cache.refresh()
    await clock.advance(7_000)
    origin.answer()
    await forced
    expect(await cache.refresh().catch((caught: unknown) => caught)).toMatchObject({ retryAfterMs: 5_000 })
  })

  it('fails with the refresh in progress that it waits for, whose backoff applies to all', async () => {
    const { cache, clock, origin } = await startedCache()
    await clock.advance(MINUTE)
    origin.hold()
    origin.failWith('upstream_unavailable')
    cache.current()
    await settle()
    const forced = cache.refresh().catch((caught: unknown) => caught)
    await settle()
    origin.answer()
    expect(await forced).toMatchObject({
      name: 'RefreshFailedError',
      code: 'upstream_unavailable',
      retryAfterMs: 5_000,
    })
    expect(origin.calls()).toBe(2)
  })
})

describe('closing', () => {
  it('aborts a call in progress and releases the lease', async () => {
    const clock = createFakeClock()
    const store = createMemoryStore<number>({ clock })
    const { cache, origin } = testCache({ clock, store })
    origin.hold()
    void cache.start()
    await settle()
    await cache.close()
    const successor = testCache({ clock, store })
    expect(await successor.cache.get()).toMatchObject({ value: 1 })
  })

  it('rejects waiting requests', async () => {
    const { cache, origin } = testCache({ clock: createFakeClock() })
    origin.hold()
    const waiting = expect(cache.get()).rejects.toBeInstanceOf(RefreshFailedError)
    await settle()
    await cache.close()
    await waiting
  })
})
