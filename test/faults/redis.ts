import { eventually } from '../snapshot-cache/eventually.js'
import type { RedisServer } from '../support/redis-server.js'
import type { Fault } from './fault.js'
import type { SingleRedis, startClusterRedis, startSentinelRedis } from './shared-redis.js'

const key = '{face-groups}:snapshot'
const nothing = (): void => {}

const up = /^redis_up /

/** A loss of Redis that each replica must know of before it ends. */
function loss(name: string, fault: Pick<Fault<SingleRedis>, 'inject' | 'heal'>): Fault<SingleRedis> {
  return {
    name: `Redis: ${name}`,
    async inject(stand) {
      await eventually(async () => (await stand.counted(up)) === stand.replicas.length || null, 10_000)
      await fault.inject(stand)
    },
    noticed: async (stand) => (await stand.counted(up)) === 0,
    heal: fault.heal,
  }
}

/** Over before everybody has seen it. */
function moment(name: string, inject: Fault<SingleRedis>['inject']): Fault<SingleRedis> {
  return { name: `Redis: ${name}`, inject, heal: nothing }
}

/** Something that somebody left under our key; there is nothing to heal from outside. */
function leftThere(name: string, put: (server: RedisServer) => Promise<unknown>): Fault<SingleRedis> {
  return { name: `Redis: ${name}`, inject: ({ redis }) => put(redis.server), heal: nothing }
}

export const redisFaults: readonly Fault<SingleRedis>[] = [
  loss('kill -9', { inject: ({ redis }) => redis.server.kill(), heal: ({ redis }) => redis.server.restart() }),
  moment('restarted, empty', async ({ redis }) => {
    await redis.server.kill()
    await redis.server.restart()
  }),
  loss('SIGSTOP', { inject: ({ redis }) => redis.server.suspend(), heal: ({ redis }) => redis.server.resume() }),
  loss('at maxmemory', {
    inject: ({ redis }) => redis.server.cli('CONFIG', 'SET', 'maxmemory', '1'),
    heal: ({ redis }) => redis.server.cli('CONFIG', 'SET', 'maxmemory', '0'),
  }),
  loss('a read-only replica', {
    inject: ({ redis }) => redis.server.cli('REPLICAOF', '127.0.0.1', '1'),
    heal: ({ redis }) => redis.server.cli('REPLICAOF', 'NO', 'ONE'),
  }),
  loss('our user revoked', {
    inject: ({ redis }) => redis.server.cli('ACL', 'DELUSER', redis.username),
    heal: ({ redis }) =>
      redis.server.cli('ACL', 'SETUSER', redis.username, 'on', `>${redis.password}`, '~*', '&*', '+@all'),
  }),
  loss('2 s of latency', {
    inject: ({ redis }) => redis.wire.slowDown(2000),
    heal: ({ redis }) => redis.wire.restore(),
  }),
  loss('connections half open', {
    inject: ({ redis }) => redis.wire.holdUp(),
    heal: ({ redis }) => redis.wire.restore(),
  }),
  moment('connections reset', ({ redis }) => redis.wire.cut()),
  leftThere('flushed', (server) => server.cli('FLUSHALL')),
  leftThere('garbage under our key', (server) => server.cli('SET', key, 'x'.repeat(5000))),
  leftThere('100 MB under our key', (server) => server.cli('SETRANGE', key, String(100 * 1024 * 1024), 'x')),
  leftThere('another type under our key', async (server) => {
    await server.cli('EVAL', `redis.call('DEL', KEYS[1]) return redis.call('LPUSH', KEYS[1], 'x')`, '1', key)
  }),
]

type SentinelRedis = Awaited<ReturnType<typeof startSentinelRedis>>
type ClusterRedis = Awaited<ReturnType<typeof startClusterRedis>>

export const sentinelFaults: readonly Fault<SentinelRedis>[] = [
  {
    name: 'Redis: failover to the replica',
    inject: ({ redis }) => redis.master.kill(),
    during: ({ redis }) =>
      eventually(async () => (await redis.replica.cli('ROLE')).startsWith('master') || null, 20_000),
    heal: nothing,
  },
]

export const clusterFaults: readonly Fault<ClusterRedis>[] = [
  { name: 'Redis: our slot moves to another node', inject: ({ redis }) => moveSlot(redis.servers), heal: nothing },
  {
    name: 'Redis: the node with our slot is gone',
    async inject({ redis }) {
      const { owner } = await ownerOf(redis.servers)
      owner.suspend()
    },
    async heal({ redis }) {
      for (const server of redis.servers) server.resume()
    },
  },
]

async function ownerOf(servers: readonly RedisServer[]): Promise<{ owner: RedisServer; slot: string }> {
  const slot = (await servers[0]?.cli('CLUSTER', 'KEYSLOT', key)) ?? ''
  const ids = await Promise.all(servers.map((server) => server.cli('CLUSTER', 'MYID')))
  const ranges = (await servers[0]?.cli('CLUSTER', 'NODES')) ?? ''
  const line = ranges.split('\n').find((node) =>
    node
      .split(' ')
      .slice(8)
      .some((range) => {
        const [from, to = from] = range.split('-').map(Number)
        return Number(slot) >= (from ?? 0) && Number(slot) <= (to ?? 0)
      }),
  )
  const owner = servers[ids.findIndex((id) => line?.startsWith(id))]
  if (owner === undefined) throw new Error(`nobody has the slot ${slot}`)
  return { owner, slot }
}

/** As `redis-cli --cluster reshard` does it, for one slot. */
async function moveSlot(servers: readonly RedisServer[]): Promise<void> {
  const { owner, slot } = await ownerOf(servers)
  const other = servers.find((server) => server !== owner) ?? owner
  const [from, to] = await Promise.all([owner.cli('CLUSTER', 'MYID'), other.cli('CLUSTER', 'MYID')])
  await other.cli('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from)
  await owner.cli('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to)
  for (;;) {
    const keys = (await owner.cli('CLUSTER', 'GETKEYSINSLOT', slot, '100')).split('\n').filter(Boolean)
    if (keys.length === 0) break
    await owner.cli('MIGRATE', other.host, String(other.port), '', '0', '5000', 'KEYS', ...keys)
  }
  for (const server of [other, ...servers]) await server.cli('CLUSTER', 'SETSLOT', slot, 'NODE', to)
}
