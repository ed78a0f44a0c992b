import { setTimeout as delay } from 'node:timers/promises'
import type { RedisConnectionOptions } from '../../src/snapshot-cache/redis-connection.js'
import { fixedSecret } from '../../src/secret.js'
import { eventually } from '../snapshot-cache/eventually.js'
import { openStore } from '../snapshot-cache/open-store.js'
import { recordEvents } from '../snapshot-cache/record-events.js'
import { scriptedOrigin } from '../snapshot-cache/scripted-origin.js'
import { type TestCache, testCache } from '../snapshot-cache/test-cache.js'
import { stopRedisServers } from '../support/redis-server.js'
import { startCluster, startGuardedRedis, startSentinelTrio } from '../support/redis-topologies.js'

const keyPrefix = 'face-groups'
let fleet: TestCache[] = []

afterEach(async () => {
  await Promise.all(fleet.map(({ cache }) => cache.close()))
  fleet = []
  await stopRedisServers()
})

async function startFleet(
  redis: Partial<RedisConnectionOptions>,
  options: Parameters<typeof testCache>[0] = {},
): Promise<TestCache[]> {
  const origin = scriptedOrigin()
  const replicas = [1, 2, 3].map(() => {
    const events = recordEvents()
    return testCache({ origin, events, store: openStore<number>({ keyPrefix, events, ...redis }), ...options })
  })
  fleet.push(...replicas)
  await Promise.all(replicas.map(({ cache }) => cache.start()))
  return replicas
}

async function isOneFleet(replicas: readonly TestCache[]): Promise<void> {
  for (const { cache } of replicas) expect(cache.status().store).toBe('up')
  await Promise.all(replicas.map(({ cache }) => cache.get()))
  const before = replicas[0]!.origin.calls()
  await replicas[1]!.cache.refresh()
  await eventually(() => replicas.every(({ cache }) => cache.peek()?.value === before + 1) || null, 1_000)
  expect(replicas[0]!.origin.calls()).toBe(before + 1)
}

it('is one fleet over a cluster, whose nodes share the slots', async () => {
  const nodes = await startCluster()
  const replicas = await startFleet({ topology: { kind: 'cluster', nodes: nodes.slice(0, 2) } })
  await isOneFleet(replicas)
})

it('loses no request when the cluster loses the node with the keys', async () => {
  const nodes = await startCluster()
  const replicas = await startFleet({ topology: { kind: 'cluster', nodes } }, { ttlMs: 100 })
  await isOneFleet(replicas)
  const slot = Number(await nodes[0]!.cli('CLUSTER', 'KEYSLOT', `{${keyPrefix}}`))
  const owner = nodes[Math.floor(slot / (16384 / 3))]!
  await owner.kill()
  const end = performance.now() + 800
  while (performance.now() < end) {
    for (const { cache } of replicas) expect(cache.current()).not.toBeNull()
    await delay(5)
  }
  for (const { cache } of replicas) expect(cache.peek()!.ageMs).toBeLessThan(400)
})

it('serves through a sentinel failover and is one fleet again afterwards', async () => {
  const { name, sentinels, master, replica } = await startSentinelTrio()
  const nodes = sentinels.map(({ host, port }) => ({ host, port }))
  const replicas = await startFleet({ topology: { kind: 'sentinel', nodes, name } }, { ttlMs: 200 })
  await Promise.all(replicas.map(({ cache }) => cache.get()))
  await master.kill()
  let longest = 0
  const isBack = async (): Promise<boolean> =>
    (await replica.cli('ROLE')).startsWith('master') && replicas.every(({ cache }) => cache.status().store === 'up')
  for (const end = performance.now() + 15_000; performance.now() < end && !(await isBack()); ) {
    const askedAt = performance.now()
    for (const { cache } of replicas) await cache.get()
    longest = Math.max(longest, performance.now() - askedAt)
  }
  expect(longest).toBeLessThan(300)
  await isOneFleet(replicas)
})

it('works over TLS under a private CA, as a user with no right beyond its need', async () => {
  const { server, caFile, username, password, remove } = await startGuardedRedis({ keyPrefix })
  const replicas = await startFleet({
    topology: { kind: 'standalone', url: fixedSecret(server.url) },
    tlsCaFile: caFile,
    username,
    password: fixedSecret(password),
  })
  await isOneFleet(replicas)
  await remove()
})

it.each([
  ['the CA is not trusted', { tlsCaFile: undefined }, /^(unable_to|self_signed)/],
  ['the password is wrong', { password: fixedSecret('wrong') }, /^wrongpass$/],
] as const)('serves without Redis and says why when %s', async (_, wrong, reason) => {
  const { server, caFile, username, password, remove } = await startGuardedRedis({ keyPrefix })
  const [replica] = await startFleet({
    topology: { kind: 'standalone', url: fixedSecret(server.url) },
    tlsCaFile: caFile,
    username,
    password: fixedSecret(password),
    ...wrong,
  })
  expect(await replica!.cache.get()).toMatchObject({ freshness: 'fresh' })
  expect(replica!.events.storeStates).toEqual([{ up: false, reason: expect.stringMatching(reason) }])
  await remove()
})
