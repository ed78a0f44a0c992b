import { randomBytes, randomUUID } from 'node:crypto'
import { systemClock } from '../../src/clock.js'
import { type SlowProxy, startSlowProxy } from './slow-proxy.js'
import { type RedisServer, startRedisServer, stopRedisServers } from '../support/redis-server.js'
import { waitFor } from '../support/wait-for.js'
import { openStore, recordEvents, sampleClaim } from './fixtures.js'

// A long list and low bandwidth to Redis.

const MEGABYTE = 1_000_000
let redis: RedisServer
let proxy: SlowProxy
const closing: (() => Promise<void>)[] = []

beforeEach(async () => {
  redis = await startRedisServer()
  proxy = await startSlowProxy(redis.port, 4 * MEGABYTE)
})
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()))
  proxy.close()
  await stopRedisServers()
})

async function open(keyPrefix: string, options: { commandTimeoutMs?: number } = {}) {
  const events = recordEvents()
  const store = openStore({ url: `redis://127.0.0.1:${proxy.port}`, keyPrefix, events, ...options })
  closing.push(() => store.close())
  await store.open(() => {})
  const granted = async () => {
    const claim = await store.claim(sampleClaim)
    if (claim.outcome !== 'granted') throw new Error(`not granted but ${claim.outcome}`)
    return claim.lease
  }
  return { store, events, granted }
}

/** Random data that hardly compresses. */
const valueOf = (bytes: number) => randomBytes(bytes).toString('base64')
const alwaysUp = [{ up: true, reason: 'connected' }]

it('a copy of 3 MB is stored and read over 32 Mbit/s while small commands continue', async () => {
  const keyPrefix = randomUUID()
  const [writer, reader] = [await open(keyPrefix), await open(keyPrefix)]
  const lease = await writer.granted()
  const value = valueOf(3 * MEGABYTE)
  const stored = new AbortController()
  const publishing = writer.store
    .publish(lease, { value, fence: lease.fence, fetchedAt: systemClock.monotonicMs() }, 600_000)
    .finally(() => stored.abort())
  let renewals = 0
  while (!stored.signal.aborted) {
    if (!(await writer.store.renew(lease, 5_000))) break
    renewals += 1
    await systemClock.sleep(20)
  }
  expect(await publishing).toBe('stored')
  expect(renewals).toBeGreaterThan(3)

  const reading = reader.store.read()
  expect(await writer.store.claim({ ...sampleClaim, owner: 'two' })).toMatchObject({ outcome: 'fresh' })
  expect((await reading)?.value === value).toBe(true)
  expect([writer.events.storeStates, reader.events.storeStates]).toEqual([alwaysUp, alwaysUp])
}, 60_000)

it('a copy that takes too long is unshared, ends the lease, and does not take Redis down', async () => {
  const { store, events, granted } = await open(randomUUID())
  const lease = await granted()
  proxy.setRate(60_000)
  const entry = { value: valueOf(300_000), fence: lease.fence, fetchedAt: systemClock.monotonicMs() }
  expect(await store.publish(lease, entry, 600_000)).toBe('unshared')
  expect(store.available()).toBe(true)
  expect(events.storeStates).toEqual(alwaysUp)
  expect(events.operations).toContainEqual(expect.objectContaining({ operation: 'publish', outcome: 'timeout' }))
  proxy.setRate(4 * MEGABYTE)
  expect(await store.claim({ ...sampleClaim, owner: 'two' })).toMatchObject({ outcome: 'granted' })
  // not every few seconds, to save bandwidth
  expect(await store.republish(entry, 600_000, 'same-fence')).toBeNull()
}, 60_000)

it('a copy in transfer when Redis hangs takes it down like any other command', async () => {
  const { store, events, granted } = await open(randomUUID(), { commandTimeoutMs: 1_000 })
  const lease = await granted()
  const entry = { value: valueOf(6 * MEGABYTE), fence: lease.fence, fetchedAt: systemClock.monotonicMs() }
  const publishing = store.publish(lease, entry, 600_000).catch((error: unknown) => error)
  // A query that has arrived in part.
  await waitFor(async () => / qbuf=[1-9]\d{4}/.test(await redis.cli('CLIENT', 'LIST')))
  redis.suspend()
  await store.read().catch(() => {})
  expect(store.available()).toBe(false)
  await publishing
  expect(events.storeStates.slice(0, 2)).toEqual([...alwaysUp, { up: false, reason: 'timeout' }])
}, 60_000)
