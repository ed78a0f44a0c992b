import {
  DEFAULT_COMMAND_TIMEOUT_MS,
  databaseOf,
  openRedisSession,
  type RedisConnectionOptions,
  type RedisSession,
  redisFault,
} from '../../snapshot-cache/redis-connection.js'
import { StoreUnavailableError } from '../../snapshot-cache/shared-store.js'
import type { Finding } from '../finding.js'
import { boundedSession } from './bounded-session.js'
import { checkRedisMemory } from './redis-memory.js'
import { checkRedisPermissions } from './redis-permissions.js'
import { checkRedisServer } from './redis-server.js'

const name = 'Redis'

/** Everything about Redis, on a connection made as the service makes it. */
export async function checkRedis(options: RedisConnectionOptions, signal: AbortSignal): Promise<readonly Finding[]> {
  let session: RedisSession | undefined
  const destroy = () => session?.destroy()
  signal.addEventListener('abort', destroy)
  try {
    session = await openRedisSession(options)
    const bounded = boundedSession(session, options.commandTimeoutMs ?? DEFAULT_COMMAND_TIMEOUT_MS)
    const server = await checkRedisServer(bounded)
    const database: Finding = { status: 'ok', name: 'Redis database', detail: `${databaseOf(options.topology)}` }
    return [
      ...server,
      database,
      await checkRedisMemory(bounded),
      ...(await checkRedisPermissions(bounded, options.keyPrefix)),
    ]
  } catch (error) {
    const reason = error instanceof StoreUnavailableError ? error.reason : redisFault(error)
    return [
      { status: 'FAIL', name, detail: `cannot be used at ${addressOf(options)} (${reason})`, advice: cure(reason) },
    ]
  } finally {
    signal.removeEventListener('abort', destroy)
    destroy()
  }
}

/** Hosts and ports alone: a URL may hold a password. */
function addressOf({ topology }: RedisConnectionOptions): string {
  if (topology.kind === 'standalone') return new URL(topology.url.reveal()).host
  const nodes = topology.nodes.map(({ host, port }) => `${host}:${port}`).join(', ')
  return topology.kind === 'sentinel' ? `${topology.name} by the sentinels ${nodes}` : `the cluster ${nodes}`
}

function cure(reason: string): string {
  if (/^(?:noauth|wrongpass)$/.test(reason)) return 'Check REDIS_USERNAME and REDIS_PASSWORD, or those in REDIS_URL.'
  if (reason === 'no_such_database')
    return 'Name a database that this Redis has at the end of REDIS_URL, e.g. redis://cache:6379/3.'
  if (reason === 'noperm') return 'Allow its ACL user +select, or name no database in REDIS_URL.'
  if (/cert|self_signed|issuer|verify/.test(reason)) return 'Name the CA of its certificate in REDIS_TLS_CA_FILE.'
  if (reason === 'timeout') return 'It takes connections and does not answer, or wants TLS (rediss://).'
  if (/readonly|oom|misconf|loading|clusterdown/.test(reason))
    return 'It runs but takes no writes: look at its own log.'
  return 'Check address, firewall and whether it runs. The service goes on without, each replica by itself.'
}
