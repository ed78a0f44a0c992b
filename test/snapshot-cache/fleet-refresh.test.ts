import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { type RedisServer, startRedisServer, stopRedisServers } from '../support/redis-server.js'
import { waitFor } from '../support/wait-for.js'
import { openStore, scriptedOrigin, type TestCache, testCache } from './fixtures.js'

// Replicas of one fleet as separate caches over one real Redis, with one vendor.

let redis: RedisServer
let fleet: TestCache[] = []

beforeAll(async () => {
  redis = await startRedisServer()
})
afterEach(async () => {
  await Promise.all(fleet.map(({ cache }) => cache.close()))
  fleet = []
})
afterAll(stopRedisServers)

function newFleet(options: Parameters<typeof testCache>[0] = {}) {
  const keyPrefix = randomUUID()
  const origin = scriptedOrigin()
  const replica = (): TestCache => {
    const made = testCache({ origin, store: openStore<number>({ url: redis.url, keyPrefix }), ...options })
    fleet.push(made)
    return made
  }
  const started = async (count: number): Promise<TestCache[]> => {
    const replicas = Array.from({ length: count }, replica)
    await Promise.all(replicas.map(({ cache }) => cache.start()))
    return replicas
  }
  return { keyPrefix, origin, replica, started }
}
const settled = (replicas: readonly TestCache[], value: number): Promise<true> =>
  waitFor(() => replicas.every(({ cache }) => cache.peek()?.value === value) || null)

it('makes one call to start a cold fleet under many requests', async () => {
  const { origin, replica } = newFleet()
  const replicas = Array.from({ length: 8 }, replica)
  await Promise.all(replicas.map(({ cache }) => cache.start()))
  const copies = await Promise.all(replicas.flatMap(({ cache }) => Array.from({ length: 250 }, () => cache.get())))
  expect(new Set(copies.map(({ value }) => value))).toEqual(new Set([1]))
  expect(origin.calls()).toBe(1)
})

it('makes at most one call per TTL under load', async () => {
  const ttlMs = 300
  const { origin, started } = newFleet({ ttlMs })
  const begin = performance.now()
  const replicas = await started(5)
  while (origin.calls() < 4) {
    for (const { cache } of replicas) cache.current()
    await delay(2)
  }
  expect(origin.calls()).toBeLessThanOrEqual(2 + (performance.now() - begin) / ttlMs)
})

it("loads a refreshed copy into every replica's memory without a request", async () => {
  const { origin, started } = newFleet()
  const replicas = await started(4)
  await settled(replicas, 1)
  await replicas[0]!.cache.refresh()
  await settled(replicas, 2)
  expect(origin.calls()).toBe(2)
})

it('lets a new replica serve the copy in Redis immediately, with its real age', async () => {
  const { origin, started } = newFleet()
  const [first] = await started(1)
  await settled([first!], 1)
  await first!.cache.idle()
  await waitFor(() => first!.cache.peek()!.ageMs >= 120 || null)
  const [before, [second]] = [first!.cache.peek()!.ageMs, await started(1)]
  const copy = second!.cache.current()!
  expect(copy).toMatchObject({ value: 1, freshness: 'fresh' })
  // The uncertainty of Redis's clock and the network makes a copy older, never younger than it is.
  expect(copy.ageMs).toBeGreaterThanOrEqual(before - 2)
  expect(origin.calls()).toBe(1)
})

it('replaces a holder that was killed during its call when its lease expires', async () => {
  const { keyPrefix, origin, started } = newFleet()
  const store = openStore<number>({ url: redis.url, keyPrefix })
  await store.open(() => {})
  const dead = await store.claim({
    owner: 'dead',
    leaseMs: 400,
    ttlMs: 60_000,
    windowMs: 1_000,
    demand: 'if-stale',
    knownFence: 0,
  })
  expect(dead.outcome).toBe('granted')
  const replicas = await started(3)
  await settled(replicas, 1)
  expect(origin.calls()).toBe(1)
  await store.close()
})

it("keeps one backoff for the whole fleet and shares the failure's code", async () => {
  const { origin, started } = newFleet({ backoffMs: 60_000 })
  origin.failWith('upstream_rejected')
  const replicas = await started(4)
  const errors = await Promise.all(replicas.map(({ cache }) => cache.get().catch((error: unknown) => error)))
  for (const error of errors) expect(error).toMatchObject({ name: 'RefreshFailedError', code: 'upstream_rejected' })
  expect(origin.calls()).toBe(1)
})

it('admits one forced refresh per window for the whole fleet', async () => {
  const { origin, started } = newFleet({ backoffMs: 60_000 })
  const replicas = await started(4)
  await settled(replicas, 1)
  await Promise.all(replicas.map(({ cache }) => cache.idle()))
  const answers = await Promise.allSettled(replicas.map(({ cache }) => cache.refresh()))
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(origin.calls()).toBe(2)
})

it('grants the lease to the next replica when its holder shuts down', async () => {
  const { origin, replica } = newFleet()
  const [leaving, staying] = [replica(), replica()]
  origin.hold()
  await leaving.cache.start()
  await waitFor(() => origin.calls() === 1 || null)
  await staying.cache.start()
  const waiting = staying.cache.get()
  await leaving.cache.close()
  await waitFor(() => origin.calls() === 2 || null)
  origin.answer()
  expect(await waiting).toMatchObject({ freshness: 'fresh' })
})
