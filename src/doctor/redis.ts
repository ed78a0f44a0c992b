import { withDeadline } from '../deadline.js'
import {
  DEFAULT_COMMAND_TIMEOUT_MS,
  databaseOf,
  openRedisSession,
  type RedisConnectionOptions,
  type RedisSession,
  redisFault,
} from '../snapshot-cache/redis-connection.js'
import { redisScript } from '../snapshot-cache/redis-scripts.js'
import { StoreUnavailableError } from '../snapshot-cache/shared-store.js'
import { type Finding, findingsOn } from './report.js'

type Session = Pick<RedisSession, 'call' | 'subscribe'>

const redis = findingsOn('Redis')
const version = findingsOn('Redis version')
const memory = findingsOn('Redis memory')
const permissions = findingsOn('Redis permissions')
const notifications = findingsOn('Redis notifications')

const roundTrips = 5
/** A fifth of the service's timeout for one command. */
const slowMs = 50
const nearlyFull = 0.9
const messageWithinMs = 5000

/** Runs all Redis checks, on a connection made as the service makes it. `null`: no Redis is configured. */
export async function checkRedis(
  options: RedisConnectionOptions | null,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  if (options === null) {
    const advice = 'Set REDIS_URL (or Sentinel, or Cluster) if there is more than one replica.'
    return [redis.warn('not configured: every replica calls FinAuth itself and starts without a copy', advice)]
  }
  const { topology, keyPrefix, commandTimeoutMs = DEFAULT_COMMAND_TIMEOUT_MS } = options
  let opened: RedisSession | undefined
  const destroy = () => opened?.destroy()
  signal.addEventListener('abort', destroy)
  try {
    const session = await openRedisSession(options)
    opened = session
    const limited: Session = {
      call: (...command) => withDeadline(() => session.call(...command), commandTimeoutMs),
      subscribe: (...listener) => withDeadline(() => session.subscribe(...listener), commandTimeoutMs),
    }
    return [
      ...(await checkServer(limited)),
      findingsOn('Redis database').ok(`${databaseOf(topology)}`),
      await checkMemory(limited),
      ...(await checkPermissions(limited, keyPrefix)),
    ]
  } catch (error) {
    const reason = error instanceof StoreUnavailableError ? error.reason : redisFault(error)
    return [redis.fail(`unavailable at ${addressOf(options)} (${reason})`, connectionAdvice(reason))]
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

function connectionAdvice(reason: string): string {
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

/**
 * Checks the server's latency and version, by HELLO, which every ACL user may send.
 * Rejects if Redis does not answer.
 */
export async function checkServer({ call }: Pick<Session, 'call'>): Promise<readonly Finding[]> {
  const times: number[] = []
  let reply: unknown
  while (times.length < roundTrips) {
    const startedAt = performance.now()
    reply = await call('HELLO', [])
    times.push(performance.now() - startedAt)
  }
  const ms = times.toSorted((a, b) => a - b)[Math.floor(roundTrips / 2)] ?? 0
  const latency = `answers in ${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`
  const advice = 'Run it closer to the service, which treats it as down at 250 ms.'
  return [ms < slowMs ? redis.ok(latency) : redis.warn(latency, advice), evaluateVersion(reply)]
}

/** `hello`: names and values one after the other, which is how RESP2 encodes a map. */
function evaluateVersion(hello: unknown): Finding {
  const reply = Array.isArray(hello) ? hello.map(String) : []
  const [number = '', mode] = ['version', 'mode'].map((name) => reply.find((_, at) => reply[at - 1] === name))
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(number) ?? []
  if (major === undefined) return version.ok('not reported')
  const detail = mode === undefined ? number : `${number}, ${mode}`
  if (Number(major) > 6 || (major === '6' && Number(minor) >= 2)) return version.ok(detail)
  return version.warn(detail, 'Upgrade: the service is tested with 6.2 and newer.')
}

/** Whether Redis may evict our keys or reject new ones. The service's user does not need the permission for INFO. */
async function checkMemory({ call }: Session): Promise<Finding> {
  const info = String(await call('INFO', ['memory']).catch(() => ''))
  if (info === '') return memory.ok('unknown: this user may not call INFO, which the service does not need')
  const field = (key: string) => new RegExp(`^${key}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? ''
  const [used, most, policy] = [Number(field('used_memory')), Number(field('maxmemory')), field('maxmemory_policy')]
  if (most === 0) return memory.ok(`${mebibytes(used)} used, no limit`)
  const detail = `${mebibytes(used)} of ${mebibytes(most)} used, ${policy}`
  if (policy !== 'noeviction')
    return memory.warn(detail, 'Use noeviction: if a lease is evicted, two replicas call FinAuth.')
  if (used < most * nearlyFull) return memory.ok(detail)
  return memory.warn(detail, 'Raise maxmemory: when full, Redis rejects writes and counts as down.')
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MiB`
}

/** The commands of the scripts, in an order in which each finds its data; on a key and channel of the doctor's own. */
export function scriptedCommands(key: string): readonly (readonly [command: string, ...args: string[]])[] {
  return [
    ['TIME'],
    ['SET', key, 'doctor', 'PX', '10000'],
    ['GET', key],
    ['GETRANGE', key, '0', '2'],
    ['PTTL', key],
    ['PUBLISH', key, 'doctor'],
    ['DEL', key],
  ]
}

/** Whether this user has every permission that the service needs, and whether notifications arrive. Removes its key. */
async function checkPermissions({ call, subscribe }: Session, keyPrefix: string): Promise<readonly Finding[]> {
  const key = `{${keyPrefix}}:doctor`
  const commands = scriptedCommands(key)
  const refused: string[] = []
  async function attempt(command: string, run: () => Promise<unknown>): Promise<void> {
    try {
      await run()
    } catch (error) {
      const fault = redisFault(error)
      // A script that Redis does not know yet is not a missing permission.
      if (fault !== 'noscript') refused.push(`${command} (${fault})`)
    }
  }

  let arrived: () => void = () => {}
  const arrival = new Promise<boolean>((resolve) => {
    arrived = () => resolve(true)
  })
  await attempt('SUBSCRIBE', () => subscribe(key, () => arrived()))
  await attempt('EVALSHA', () => call('EVALSHA', [redisScript('read').sha1, 1, key]))
  await attempt('EVAL', () => call('EVAL', ['return 1', 1, key]))
  const isScriptable = refused.every((command) => !command.startsWith('EVAL '))
  for (const command of isScriptable ? commands : []) {
    // As the service's scripts run it: Redis checks the ACL for each command.
    await attempt(command[0], () => call('EVAL', ['return redis.call(unpack(ARGV))', 1, key, ...command]))
  }
  if (refused.length > 0) {
    const needed = ['EVAL', 'EVALSHA', ...commands.map(([command]) => command), 'SUBSCRIBE']
    const rules = needed.map((command) => `+${command.toLowerCase()}`).join(' ')
    const advice = `The ACL user needs ~{${keyPrefix}}:* &{${keyPrefix}}:* ${rules}. Errors such as readonly or oom are the server’s state.`
    return [permissions.fail(`refused: ${refused.join(', ')}`, advice)]
  }
  const permitted = permissions.ok('every command the service uses')
  const isReceived = await withDeadline(() => arrival, messageWithinMs).catch(() => false)
  if (isReceived) return [permitted, notifications.ok('received')]
  const advice = 'Something between here and Redis drops PUBLISH/SUBSCRIBE; without it replicas see updates late.'
  return [permitted, notifications.warn(`none within ${messageWithinMs} ms`, advice)]
}
