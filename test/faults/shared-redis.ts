import { randomBytes } from 'node:crypto'
import { waitFor } from '../support/wait-for.js'
import { type RedisServer, startRedisServer } from '../support/redis-server.js'
import { startCluster, startSentinelTrio } from '../support/redis-topologies.js'
import { startTcpProxy, type TcpProxy } from '../support/proxies.js'

/** The Redis of one deployment, whatever its topology. */
export interface SharedRedis {
  readonly environment: Readonly<Record<string, string>>
  readonly secrets: readonly (readonly [what: string, secret: string])[]
  /** The servers that may contain data of the service. */
  readonly servers: readonly RedisServer[]
  stop(): Promise<void>
}

export interface SingleRedis extends SharedRedis {
  readonly server: RedisServer
  readonly username: string
  readonly password: string
  /** The proxy between the replicas and Redis. */
  readonly proxy: TcpProxy
}

/** One server, behind a proxy, with a user who has every permission. */
export async function startSingleRedis(): Promise<SingleRedis> {
  const [username, password] = ['service', randomBytes(16).toString('hex')]
  const server = await startRedisServer({ config: [`user ${username} on >${password} ~* &* +@all`] })
  const proxy = await startTcpProxy(server.port)
  return {
    environment: { REDIS_URL: `redis://${username}:${password}@127.0.0.1:${proxy.port}` },
    secrets: [['the Redis password', password]],
    servers: [server],
    server,
    username,
    password,
    proxy,
    async stop() {
      await proxy.close()
      await server.stop()
    },
  }
}

export async function startSentinelRedis() {
  const { sentinels, master, replica, name } = await startSentinelTrio()
  return {
    environment: {
      REDIS_SENTINELS: sentinels.map(({ port }) => `127.0.0.1:${port}`).join(','),
      REDIS_SENTINEL_NAME: name,
    },
    secrets: [],
    servers: [master, replica],
    /** Restarts whichever of the two is down, as the other's replica. Resolves with the master. */
    async complete(): Promise<RedisServer> {
      for (const [one, other] of [[master, replica] as const, [replica, master] as const]) {
        if ((await one.cli('PING').catch(() => '')) === 'PONG') continue
        await one.restart()
        await one.cli('REPLICAOF', other.host, String(other.port))
      }
      return waitFor(
        async () => {
          const roles = await Promise.all([master, replica].map((server) => server.cli('INFO', 'replication')))
          const isWhole = roles.some((role) => /master_link_status:up/.test(role))
          return isWhole ? (roles[0]?.includes('role:master') ? master : replica) : null
        },
        { timeoutMs: 20_000 },
      )
    },
    async stop() {
      await Promise.all([...sentinels, master, replica].map((server) => server.stop()))
    },
  }
}

export async function startClusterRedis() {
  const servers = await startCluster()
  return {
    environment: { REDIS_CLUSTER_NODES: servers.map(({ port }) => `127.0.0.1:${port}`).join(',') },
    secrets: [],
    servers,
    async stop() {
      await Promise.all(servers.map((server) => server.stop()))
    },
  }
}
