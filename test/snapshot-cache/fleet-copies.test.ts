import { createMemoryStore } from './memory-store.js'
import { type SharedStore, StoreUnavailableError } from '../../src/snapshot-cache/shared-store.js'
import { createFakeClock, settle } from '../support/fake-clock.js'
import { failureOf, fleetOfTwo, recordEvents, testCache } from './fixtures.js'

const MINUTE = 60_000

/** A store with a fresh copy whenever a lease is requested, and a counter of these requests. */
function alwaysFresh(inner: SharedStore<number>) {
  let claims = 0
  const store: SharedStore<number> = {
    ...inner,
    claim: async () => {
      claims += 1
      return { outcome: 'fresh', remainingMs: 1_000 }
    },
  }
  return { store, claims: () => claims }
}

describe('a replica that missed a message', () => {
  it('loads the fresh copy when it would refresh, and pauses until that is stale', async () => {
    const clock = createFakeClock()
    const inner = createMemoryStore<number>({ clock })
    const deaf = testCache({ clock, store: { ...inner, open: async () => {} } })
    const other = testCache({ clock, store: inner })
    await other.cache.start()
    await settle()
    await deaf.cache.start()
    expect(deaf.cache.peek()).toMatchObject({ value: 1 })
    await clock.advance(MINUTE)
    other.cache.current()
    await other.cache.idle()
    expect(deaf.cache.current()).toMatchObject({ value: 1, freshness: 'stale' })
    await deaf.cache.idle()
    expect(deaf.cache.current()).toMatchObject({ value: 2, freshness: 'fresh' })
    expect([deaf.origin.calls(), deaf.events.outcomes]).toEqual([0, ['shared', 'shared']])
  })

  it('does not query the store more often than its copy becomes stale', async () => {
    const clock = createFakeClock()
    const inner = createMemoryStore<number>({ clock })
    const { store, claims } = alwaysFresh(inner)
    await inner.republish({ value: 7, fence: 7, fetchedAt: 0 }, 3_600_000, 'same-fence')
    const { cache } = testCache({ clock, store })
    await cache.start()
    await clock.advance(MINUTE)
    for (let n = 0; n < 20; n += 1) {
      cache.current()
      await clock.advance(100)
    }
    expect(claims()).toBe(2)
  })

  it('accepts, for a forced refresh, the copy of a call that began after its request', async () => {
    const clock = createFakeClock()
    const inner = createMemoryStore<number>({ clock })
    const deaf = testCache({ clock, store: { ...inner, open: async () => {} } })
    const other = testCache({ clock, store: inner })
    await other.cache.start()
    await other.cache.idle()
    await deaf.cache.start()
    await clock.advance(MINUTE)
    other.origin.hold()
    other.cache.current()
    await settle()
    const forced = deaf.cache.refresh()
    await settle()
    other.origin.answer()
    await other.cache.idle()
    expect(await other.cache.refresh()).toMatchObject({ value: 3 })
    await clock.advance(3_100)
    expect(await forced).toMatchObject({ value: 3 })
    expect(deaf.origin.calls()).toBe(0)
  })

  it('stops at the deadline if it cannot read a fresh copy', async () => {
    const clock = createFakeClock()
    const inner = createMemoryStore<number>({ clock })
    const { store, claims } = alwaysFresh(inner)
    const { cache } = testCache({ clock, store: { ...store, read: async () => null } })
    const failed = failureOf(cache.get())
    await clock.advance(12_000)
    expect(await failed).toMatchObject({ name: 'RefreshFailedError', code: 'timeout' })
    expect(claims()).toBeLessThan(12_000 / 75 + 10)
    expect(claims()).toBeGreaterThan(100)
    await cache.close()
  })
})

describe('a disconnected replica', () => {
  it('continues alone, and republishes what it fetched once it is connected again', async () => {
    const { clock, inner, first, second } = await fleetOfTwo()
    await first.cache.start()
    await second.cache.start()
    await settle()
    first.line.cut()
    expect(first.cache.status().store).toBe('down')
    await clock.advance(MINUTE)
    first.cache.current()
    await first.cache.idle()
    expect(first.cache.peek()).toMatchObject({ value: 2, freshness: 'fresh' })
    expect((await inner.read())?.value).toBe(1)
    await first.line.reconnect()
    await settle()
    expect([(await inner.read())?.value, second.cache.peek()?.value]).toEqual([2, 2])
    expect(first.cache.status().store).toBe('up')
  })

  it('accepts, during its call, the copy of its successor, whose call began later', async () => {
    const { clock, inner, first, second } = await fleetOfTwo()
    first.origin.hold()
    await first.cache.start()
    await second.cache.start()
    first.line.cut()
    await clock.advance(4_000)
    expect(second.cache.peek()).toMatchObject({ value: 11 })
    first.origin.answer()
    await first.cache.idle()
    await clock.advance(1_000)
    await first.line.reconnect()
    await settle()
    expect([first.cache.peek()?.value, (await inner.read())?.value, second.cache.peek()?.value]).toEqual([11, 11, 11])
    expect(first.cache.peek()?.ageMs).toBe(second.cache.peek()?.ageMs)
  })
})

it('a refresh that was claiming when the store was lost accepts the copy of a forced one in the meantime', async () => {
  const clock = createFakeClock()
  const inner = createMemoryStore<number>({ clock })
  let lose = (): void => {}
  let isLost = false
  const store: typeof inner = {
    ...inner,
    available: () => !isLost,
    claim: (request) =>
      request.demand === 'if-stale' && clock.monotonicMs() > 0
        ? new Promise((_, reject) => (lose = () => reject(new StoreUnavailableError('timeout'))))
        : inner.claim(request),
  }
  const { cache, origin } = testCache({ clock, store })
  await cache.start()
  await settle()
  await clock.advance(MINUTE)
  cache.current()
  await settle()
  isLost = true
  expect(await cache.refresh()).toMatchObject({ value: 2 })
  lose()
  await clock.advance(20_000)
  expect([origin.calls(), cache.status().failure]).toEqual([2, null])
  await cache.close()
})

it('every refresh is reported with its duration, and a failed one with its code', async () => {
  const heard: unknown[] = []
  const clock = createFakeClock()
  const inner = createMemoryStore<number>({ clock })
  const events = { ...recordEvents(), refreshed: (...args: unknown[]) => void heard.push(args) }
  const { cache, origin } = testCache({ clock, store: inner, events })
  const slowStore: typeof inner = {
    ...inner,
    async read() {
      await clock.sleep(20)
      return inner.read()
    },
  }
  const other = testCache({ clock, store: slowStore, events })
  await clock.advance(1_000)
  origin.hold()
  await cache.start()
  await clock.advance(300)
  origin.answer()
  await cache.idle()
  void other.cache.start()
  await clock.advance(20)
  await clock.advance(MINUTE)
  origin.hold()
  origin.failWith('upstream_timeout')
  cache.current()
  await clock.advance(70)
  origin.answer()
  await cache.idle()
  expect(heard).toEqual([
    ['succeeded', { durationMs: 300 }],
    ['shared', { durationMs: 20 }],
    ['failed', { code: 'upstream_timeout', durationMs: 70 }],
  ])
})

it('a copy is kept in the store as long as it may be served', async () => {
  const { clock, inner, first } = await fleetOfTwo({ staleMs: 30_000 })
  await first.cache.start()
  await settle()
  await clock.advance(89_999)
  expect((await inner.read())?.value).toBe(1)
  await clock.advance(1)
  expect(await inner.read()).toBeNull()
})

it('an already aborted request causes no call', async () => {
  const { first } = await fleetOfTwo()
  await expect(first.cache.get(AbortSignal.abort('gone'))).rejects.toBe('gone')
  await expect(first.cache.refresh(AbortSignal.abort('gone'))).rejects.toBe('gone')
  expect(first.origin.calls()).toBe(0)
})

it('the status reports that there is no store', async () => {
  const { cache } = testCache({ clock: createFakeClock() })
  expect(cache.status()).toEqual({ freshness: 'empty', ageMs: null, failure: null, store: 'none' })
})
