import { createFakeClock, settle } from '../support/fake-clock.js'
import { scriptedOrigin, startedCache, testCache } from './fixtures.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

describe('freshness', () => {
  it('calls the origin at start, without a request', async () => {
    const { cache, origin } = await startedCache()
    expect(origin.calls()).toBe(1)
    expect(cache.current()).toEqual({ value: 1, ageMs: 0, freshness: 'fresh' })
  })

  it('counts the age of a copy from when the origin was called', async () => {
    const clock = createFakeClock()
    const { cache, origin } = testCache({ clock })
    origin.hold()
    await cache.start()
    await clock.advance(3_500)
    origin.answer()
    await cache.idle()
    expect(cache.current()).toEqual({ value: 1, ageMs: 3_500, freshness: 'fresh' })
  })

  it('counts it from the successful attempt, if the origin reports its time', async () => {
    const clock = createFakeClock()
    const ask = async (_: AbortSignal, sent: (atMs: number) => void) => {
      await clock.sleep(2_000)
      const sentAtMs = clock.monotonicMs()
      await clock.sleep(300)
      sent(sentAtMs)
      return 1
    }
    const { cache } = testCache({ clock, origin: { ...scriptedOrigin(), ask } })
    await cache.start()
    await clock.advance(2_300)
    expect(cache.current()).toMatchObject({ ageMs: 300 })
  })

  it('treats an answer that is expired on arrival as a timeout', async () => {
    const clock = createFakeClock()
    const { cache, origin } = testCache({ clock, ttlMs: 1_000, staleMs: 0 })
    origin.hold()
    await cache.start()
    await clock.advance(1_000)
    const asked = expect(cache.get()).rejects.toMatchObject({ name: 'RefreshFailedError', code: 'timeout' })
    origin.answer()
    await asked
    expect(cache.status().failure).toMatchObject({ code: 'timeout' })
    await clock.advance(4_000)
    expect(origin.calls()).toBe(1)
    await cache.close()
  })

  it('serves a fresh copy without a call', async () => {
    const { cache, clock, origin } = await startedCache()
    await clock.advance(MINUTE - 1)
    expect(cache.current()).toEqual({ value: 1, ageMs: MINUTE - 1, freshness: 'fresh' })
    expect(origin.calls()).toBe(1)
  })

  it('serves the stale copy immediately and refreshes once in the background', async () => {
    const { cache, clock, origin } = await startedCache()
    await clock.advance(MINUTE)
    origin.hold()
    for (let request = 0; request < 100; request += 1) {
      expect(cache.current()).toMatchObject({ value: 1, freshness: 'stale' })
    }
    await settle()
    expect(origin.calls()).toBe(2)
    origin.answer()
    await cache.idle()
    expect(cache.current()).toEqual({ value: 2, ageMs: 0, freshness: 'fresh' })
  })

  it('starts no refresh for peek', async () => {
    const { cache, clock, origin } = await startedCache()
    await clock.advance(2 * MINUTE)
    expect(cache.peek()).toMatchObject({ value: 1, freshness: 'stale' })
    await cache.idle()
    expect(origin.calls()).toBe(1)
  })

  it('calls no origin while there are no requests', async () => {
    const { clock, origin } = await startedCache()
    await clock.advance(HOUR)
    expect(origin.calls()).toBe(1)
  })

  it('never serves an expired copy, and waits for a new one instead', async () => {
    const { cache, clock, origin } = await startedCache({ staleMs: HOUR })
    await clock.advance(MINUTE + HOUR)
    expect(cache.current()).toBeNull()
    expect(origin.calls()).toBe(1)
    expect(await cache.get()).toEqual({ value: 2, ageMs: 0, freshness: 'fresh' })
  })

  it('answers all waiting requests with one call', async () => {
    const clock = createFakeClock()
    const { cache, origin } = testCache({ clock })
    const copies = await Promise.all(Array.from({ length: 500 }, () => cache.get()))
    expect(new Set(copies.map(({ value }) => value))).toEqual(new Set([1]))
    expect(origin.calls()).toBe(1)
  })

  it.each([-10 * HOUR, 10 * HOUR])(
    'neither freshens nor expires a copy when the wall clock jumps by %d ms',
    async (ms) => {
      const { cache, clock, origin } = await startedCache({ staleMs: HOUR })
      await clock.advance(30_000)
      clock.jumpWall(ms)
      expect(cache.current()).toEqual({ value: 1, ageMs: 30_000, freshness: 'fresh' })
      await clock.advance(MINUTE)
      expect(cache.peek()).toMatchObject({ ageMs: 90_000, freshness: 'stale' })
      await clock.advance(HOUR)
      expect(cache.peek()).toBeNull()
      expect(origin.calls()).toBe(1)
    },
  )

  it('stops waiting when the caller aborts, and keeps the refresh for the others', async () => {
    const clock = createFakeClock()
    const { cache, origin } = testCache({ clock })
    origin.hold()
    const impatient = new AbortController()
    const gone = cache.get(impatient.signal)
    const waiting = cache.get()
    await settle()
    impatient.abort(new Error('gone'))
    await expect(gone).rejects.toThrow('gone')
    origin.answer()
    expect(await waiting).toMatchObject({ value: 1 })
    expect(origin.calls()).toBe(1)
  })

  it('waits no longer than the deadline, even for an origin that ignores its signal', async () => {
    const clock = createFakeClock()
    const { cache, origin } = testCache({ clock, deadlineMs: 12_000 })
    origin.hold()
    const waiting = cache.get()
    const failed = expect(waiting).rejects.toMatchObject({ name: 'RefreshFailedError', code: 'timeout' })
    await clock.advance(12_000)
    await failed
    await cache.close()
  })
})
