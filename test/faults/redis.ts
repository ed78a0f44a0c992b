import { waitFor } from '../support/wait-for.js'
import { copyKey, type RedisServer } from '../support/redis-server.js'
import type { Fault } from './inject-fault.js'
import type { SingleRedis, startClusterRedis, startSentinelRedis } from './shared-redis.js'
import type { Deployment } from './deployment.js'

const nothing = (): void => {}
const garbage = 'x'.repeat(5000)

const up = /^redis_up /

/** A loss of Redis that each replica must notice before it ends. */
function loss(name: string, fault: Pick<Fault<SingleRedis>, 'inject' | 'heal'>): Fault<SingleRedis> {
  return {
    ...fault,
    name: `Redis: ${name}`,
    noticed: async (deployment) => (await deployment.counted(up)) === 0,
    recovered: isUsedByAll,
  }
}

async function isUsedByAll(deployment: Deployment): Promise<boolean> {
  return (await deployment.counted(up)) === deployment.replicas.length
}

/** The content of our key was written by a replica: it is encrypted, so it never repeats. */
async function copyIn(server: RedisServer): Promise<string | null> {
  const key = await copyKey(server)
  const type = await server.cli('TYPE', key).catch(() => 'none')
  const length = type === 'string' ? Number(await server.cli('STRLEN', key)) : 0
  return length > 0 && length < 100_000 ? server.cli('GET', key) : null
}

/** Whether the replicas have stored another copy than the one before. */
async function isSharedAgain(server: RedisServer, before: string | null): Promise<boolean> {
  const copy = await copyIn(server)
  return copy !== null && copy !== before
}

/** Over before every replica has noticed it. */
function moment(name: string, inject: Fault<SingleRedis>['inject']): Fault<SingleRedis> {
  return { name: `Redis: ${name}`, inject, heal: nothing, recovered: isUsedByAll }
}

/**
 * Another client has overwritten our key. The vendor answers nobody meanwhile, so that the content stays and a replica
 * that starts has nothing else.
 */
function leftThere(
  name: string,
  put: (server: RedisServer) => Promise<unknown>,
  noticed: (redis: RedisServer) => Promise<boolean>,
): Fault<SingleRedis> {
  let found: string | null
  return {
    name: `Redis: ${name}`,
    async inject(deployment) {
      deployment.simulator.set('internal_error')
      await put(deployment.redis.server)
      await deployment.replicas[0]?.terminate()
      await deployment.replicas[0]?.start()
      found = await copyIn(deployment.redis.server)
    },
    noticed: ({ redis }) => noticed(redis.server),
    heal: ({ simulator }) => simulator.set('normal'),
    recovered: ({ redis }) => isSharedAgain(redis.server, found),
  }
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
  loss('ACL user revoked', {
    inject: ({ redis }) => redis.server.cli('ACL', 'DELUSER', redis.username),
    heal: ({ redis }) =>
      redis.server.cli('ACL', 'SETUSER', redis.username, 'on', `>${redis.password}`, '~*', '&*', '+@all'),
  }),
  loss('2 s of latency', {
    inject: ({ redis }) => redis.proxy.slowDown(2000),
    heal: ({ redis }) => redis.proxy.restore(),
  }),
  loss('connections half open', {
    inject: ({ redis }) => redis.proxy.holdUp(),
    heal: ({ redis }) => redis.proxy.restore(),
  }),
  moment('connections reset', ({ redis }) => redis.proxy.cut()),
  // replicas that still have a copy store it again
  leftThere(
    'flushed',
    (server) => server.cli('FLUSHALL'),
    async (server) => (await copyIn(server)) !== null,
  ),
  leftThere(
    'garbage under our key',
    async (server) => server.cli('SET', await copyKey(server), garbage),
    async (server) => (await copyIn(server)) !== garbage,
  ),
  leftThere(
    '100 MB under our key',
    async (server) => server.cli('SETRANGE', await copyKey(server), String(100 * 1024 * 1024), 'x'),
    async (server) => Number(await server.cli('STRLEN', await copyKey(server))) < 100_000,
  ),
  leftThere(
    'another type under our key',
    async (server) => {
      const script = `redis.call('DEL', KEYS[1]) return redis.call('LPUSH', KEYS[1], 'x')`
      return server.cli('EVAL', script, '1', await copyKey(server))
    },
    async (server) => (await server.cli('TYPE', await copyKey(server))) !== 'list',
  ),
]

type SentinelRedis = Awaited<ReturnType<typeof startSentinelRedis>>
type ClusterRedis = Awaited<ReturnType<typeof startClusterRedis>>

async function roleOf(server: RedisServer): Promise<string> {
  const role = await server.cli('ROLE').catch(() => 'none')
  return role.split('\n')[0] ?? ''
}

/** The master is killed. A previously killed server comes back first, to be the one that takes over. */
function failover(): Fault<SentinelRedis> {
  let before: string | null
  let heir: RedisServer
  return {
    name: 'Redis: failover to the replica',
    async inject({ redis }) {
      const master = await redis.complete()
      heir = redis.servers.find((server) => server !== master) as RedisServer
      await master.kill()
      before = await copyIn(heir)
    },
    during: () => waitFor(async () => (await roleOf(heir)) === 'master' || null, { timeoutMs: 20_000 }),
    heal: nothing,
    recovered: async (deployment) => (await isSharedAgain(heir, before)) && isUsedByAll(deployment),
  }
}

function slotMove(): Fault<ClusterRedis> {
  let before: string | null
  let owner: RedisServer
  return {
    name: 'Redis: our slot moves to another node',
    async inject({ redis }) {
      owner = await moveSlot(redis.servers)
      before = await copyIn(owner)
    },
    heal: nothing,
    recovered: async (deployment) => (await isSharedAgain(owner, before)) && isUsedByAll(deployment),
  }
}

export const sentinelFaults: readonly Fault<SentinelRedis>[] = [failover()]

export const clusterFaults: readonly Fault<ClusterRedis>[] = [
  slotMove(),
  {
    name: 'Redis: the node with our slot is down',
    async inject({ redis }) {
      const { owner } = await ownerOf(redis.servers)
      owner.suspend()
    },
    noticed: async (deployment) => (await deployment.counted(up)) === 0,
    async heal({ redis }) {
      for (const server of redis.servers) server.resume()
    },
    recovered: isUsedByAll,
  },
]

async function ownerOf(servers: readonly RedisServer[]): Promise<{ owner: RedisServer; slot: string }> {
  const slot = (await servers[0]?.cli('CLUSTER', 'KEYSLOT', '{face-groups}')) ?? ''
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
  if (owner === undefined) throw new Error(`no node has the slot ${slot}`)
  return { owner, slot }
}

/** Like `redis-cli --cluster reshard`, for one slot. Returns its new owner. */
async function moveSlot(servers: readonly RedisServer[]): Promise<RedisServer> {
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
  return other
}
