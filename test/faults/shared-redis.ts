import { randomBytes } from 'node:crypto'
import { type RedisServer, startRedisServer } from '../support/redis-server.js'
import { startCluster, startSentinelTrio } from '../support/redis-topologies.js'
import { openWire, type Wire } from '../support/wire.js'

/** The Redis of one stand, whatever its shape. */
export interface SharedRedis {
  readonly environment: Readonly<Record<string, string>>
  readonly secrets: readonly (readonly [what: string, secret: string])[]
  /** Those that may hold something of the service's. */
  readonly servers: readonly RedisServer[]
  stop(): Promise<void>
}

export interface SingleRedis extends SharedRedis {
  readonly server: RedisServer
  readonly username: string
  readonly password: string
  /** The replicas' way to it. */
  readonly wire: Wire
}

/** One server, behind a wire, with a user who may do everything. */
export async function startSingleRedis(): Promise<SingleRedis> {
  const [username, password] = ['service', randomBytes(16).toString('hex')]
  const server = await startRedisServer({ config: [`user ${username} on >${password} ~* &* +@all`] })
  const wire = await openWire(server.port)
  return {
    environment: { REDIS_URL: `redis://${username}:${password}@127.0.0.1:${wire.port}` },
    secrets: [['the Redis password', password]],
    servers: [server],
    server,
    username,
    password,
    wire,
    async stop() {
      await wire.close()
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
    master,
    replica,
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
