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

/** Runs all Redis checks, on a connection made as the service makes it. */
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
      { status: 'FAIL', name, detail: `unavailable at ${addressOf(options)} (${reason})`, advice: remediation(reason) },
    ]
  } finally {
    signal.removeEventListener('abort', destroy)
    destroy()
  }
}

/** Hosts and ports only: a URL may contain a password. */
function addressOf({ topology }: RedisConnectionOptions): string {
  if (topology.kind === 'standalone') return new URL(topology.url.reveal()).host
  const nodes = topology.nodes.map(({ host, port }) => `${host}:${port}`).join(', ')
  return topology.kind === 'sentinel' ? `${topology.name} via the sentinels ${nodes}` : `the cluster ${nodes}`
}

function remediation(reason: string): string {
  if (/^(?:noauth|wrongpass)$/.test(reason))
    return 'Check REDIS_USERNAME and REDIS_PASSWORD, or the credentials in REDIS_URL.'
  if (reason === 'no_such_database')
    return 'End REDIS_URL with the number of an existing database, e.g. redis://cache:6379/3.'
  if (reason === 'noperm') return 'Grant its ACL user +select, or remove the database from REDIS_URL.'
  if (/cert|self_signed|issuer|verify/.test(reason)) return 'Set REDIS_TLS_CA_FILE to the CA of its certificate.'
  if (reason === 'timeout') return 'It accepts connections but does not answer, or requires TLS (rediss://).'
  if (/readonly|oom|misconf|loading|clusterdown/.test(reason)) return 'It runs but rejects writes: see its own log.'
  return 'Check address and firewall, and whether Redis runs. Without it the service runs, each replica with its own cache.'
}
