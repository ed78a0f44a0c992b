import { setTimeout as delay } from 'node:timers/promises'
import { type FinAuthSimulator, startFinAuthSimulator } from '../../simulator/finauth-simulator.js'
import { waitFor } from '../support/wait-for.js'
import { type BuiltService, buildService } from '../support/built-service.js'
import { leakDetector } from '../support/leak-detector.js'
import { type ProcessFleet, prepareFleet } from '../support/replicas.js'
import { copyKey, type RedisServer, startRedisServer } from '../support/redis-server.js'
import { type SteadyLoad, startSteadyLoad } from '../support/steady-load.js'

// Eight processes as they are deployed, under load, with a TTL of one second.

const ttlMs = 1000
let built: BuiltService
let redis: RedisServer
let simulator: FinAuthSimulator
let fleet: ProcessFleet
let load: SteadyLoad

beforeAll(async () => {
  ;[built, redis, simulator] = await Promise.all([
    buildService(),
    startRedisServer(),
    startFinAuthSimulator({ libraries: { generate: 500 } }),
  ])
  fleet = await prepareFleet({
    main: built.entryPoint('main.js'),
    size: 8,
    vendorPort: simulator.port,
    leakDetector,
    environment: { REDIS_URL: redis.url, CACHE_TTL_SECONDS: '1', CACHE_REFRESH_BACKOFF_SECONDS: '1' },
  })
  for (const replica of fleet.replicas) await replica.start()
  load = startSteadyLoad({ perSecond: 100, ask: (count) => askSomeReplica(count) })
}, 60_000)
afterAll(async () => {
  await load.stop()
  await fleet.stop()
  await Promise.all([redis.stop(), simulator.close()])
}, 30_000)

async function askSomeReplica(count: number): Promise<string[]> {
  const replica = fleet.replicas[count % fleet.replicas.length]
  if (replica === undefined || !replica.isServing()) return []
  try {
    const { status } = await fleet.ask(replica, { path: '/api/face-groups?limit=10' })
    return status === 200 ? [] : [`answered ${status}`]
  } catch (error) {
    // a killed process loses its requests
    if (!replica.isServing()) return []
    throw error
  }
}

it('calls the vendor at most once per TTL while 8 processes answer', async () => {
  await healthy()
  fleet.forgetLosses()
  const [startedAt, before] = [performance.now(), simulator.calls().total]
  await waitFor(() => simulator.calls().total >= before + 5 || null, { timeoutMs: 60_000 })
  await delay(5 * ttlMs)
  const calls = simulator.calls().total - before
  expect(calls).toBeLessThanOrEqual(callsAllowed(startedAt))
  expect(await load.lap()).toMatchObject({ faults: [] })
}, 120_000)

it('makes one further call for each holder that is killed during its call', async () => {
  await healthy()
  fleet.forgetLosses()
  simulator.set({ kind: 'normal', delayMs: 400 })
  const kills = 3
  const startedAt = performance.now()
  const before = simulator.calls().total
  for (let kill = 1; kill <= kills; kill += 1) {
    const seen = simulator.calls().total
    await waitFor(() => simulator.calls().total > seen || null, { timeoutMs: 30_000 })
    const holder = fleet.latestCaller()
    await holder.kill()
    const orphaned = simulator.calls().total
    await waitFor(() => simulator.calls().total > orphaned || null, { timeoutMs: 30_000 })
    await holder.start()
  }
  simulator.set('normal')
  expect(simulator.calls().total - before).toBeLessThanOrEqual(callsAllowed(startedAt) + kills)
  expect(await load.lap()).toMatchObject({ faults: [] })
}, 180_000)

const losses: Record<string, { inject: () => Promise<unknown>; heal: () => Promise<unknown> }> = {
  killed: { inject: () => redis.kill(), heal: () => redis.restart() },
  suspended: { inject: async () => redis.suspend(), heal: async () => redis.resume() },
  'filled to maxmemory': {
    inject: () => redis.cli('CONFIG', 'SET', 'maxmemory', '1'),
    heal: () => redis.cli('CONFIG', 'SET', 'maxmemory', '0'),
  },
  'made read-only': {
    inject: () => redis.cli('REPLICAOF', '127.0.0.1', '1'),
    heal: () => redis.cli('REPLICAOF', 'NO', 'ONE'),
  },
  flushed: { inject: () => redis.cli('FLUSHALL'), heal: async () => {} },
  'overwritten with garbage': {
    inject: async () => redis.cli('SET', await copyKey(redis), 'x'.repeat(5000)),
    heal: async () => {},
  },
}

it.each(Object.entries(losses))(
  'answers every request while Redis is %s',
  async (_, { inject, heal }) => {
    await healthy()
    const memory = residentBytes()
    await load.lap()
    await inject()
    await delay(2 * ttlMs)
    await heal()
    await waitFor(allSeeRedis, { timeoutMs: 60_000 })
    const lap = await load.lap()
    expect(lap.requests).toBeGreaterThan(20)
    expect(lap.faults).toEqual([])
    expect(residentBytes() - memory).toBeLessThan(8 * 32 * 1024 * 1024)
  },
  120_000,
)

/**
 * One call per TTL, one that was in progress at the start, and one per TTL for each replica that a busy machine
 * disconnected from Redis: such a replica calls for itself, as intended.
 */
function callsAllowed(startedAt: number): number {
  const ttls = Math.ceil((performance.now() - startedAt) / ttlMs)
  return 1 + ttls + fleet.lossesOfRedis() * ttls
}

async function healthy(): Promise<void> {
  await waitFor(allSeeRedis, { timeoutMs: 60_000 })
  await load.lap()
}

async function allSeeRedis(): Promise<true | null> {
  const up = await Promise.all(
    fleet.replicas.map(async ({ adminPort }) => {
      const response = await fetch(`http://127.0.0.1:${adminPort}/metrics`)
      return /^redis_up 1$/m.test(await response.text())
    }),
  )
  return up.every(Boolean) || null
}

function residentBytes(): number {
  return fleet.replicas.reduce((sum, replica) => sum + replica.residentBytes(), 0)
}
