import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import { Cluster, Redis, type RedisOptions as IoredisOptions } from 'ioredis'
import type { Secret } from '../secret.js'
import { isTimeoutError, withDeadline } from '../deadline.js'
import { StoreUnavailableError } from './shared-store.js'

export interface RedisNode {
  readonly host: string
  readonly port: number
}

export type RedisTopology =
  /** `redis://` or `rediss://`, which may carry user, password and database. */
  | { readonly kind: 'standalone'; readonly url: Secret }
  | { readonly kind: 'sentinel'; readonly nodes: readonly RedisNode[]; readonly name: string }
  | { readonly kind: 'cluster'; readonly nodes: readonly RedisNode[] }

export interface RedisConnectionOptions {
  readonly topology: RedisTopology
  /** PEM file of the CAs to trust instead of the well-known ones; read at each connection. Implies TLS. */
  readonly tlsCaFile?: string | undefined
  readonly username?: string | undefined
  /** Read at each connection, so that a rotated password takes effect. */
  readonly password?: Secret | undefined
  readonly keyPrefix: string
  /** Timeout for one command, in milliseconds. Default 250. */
  readonly commandTimeoutMs?: number | undefined
}

export const DEFAULT_COMMAND_TIMEOUT_MS = 250
export const CONNECT_TIMEOUT_MS = 2_000
/** ioredis keeps a timer for so long after `disconnect()`, even where the connection has already closed. */
const DISCONNECT_TIMEOUT_MS = 250

export type CommandArguments = readonly (string | Buffer | number)[]

/** Two connections, for commands and for notifications, that are lost together; and a third for large copies. */
export interface RedisSession {
  /** One command, its reply as buffers, without a time limit. Rejects with ioredis's raw error; see `redisFault`. */
  call(command: string, args: CommandArguments): Promise<unknown>
  /**
   * As `call`, on the third connection, so that no small command waits behind it. Opened when first needed; losing it
   * affects only what is under way on it.
   */
  transfer(command: string, args: CommandArguments): Promise<unknown>
  /** Ends what is under way on the third connection. */
  endTransfers(): void
  subscribe(channel: string, onMessage: (message: string) => void): Promise<void>
  /** Resolves with an allow-listed reason once one of the two connections is lost; never rejects. */
  readonly lost: Promise<string>
  /** Closes every connection immediately. */
  destroy(): void
}

type Client = Redis | Cluster

/**
 * Connects, and never reconnects: each new session reads secrets and the CA file again. Rejects with
 * `StoreUnavailableError` after at most 2 seconds.
 */
export async function openRedisSession(options: RedisConnectionOptions): Promise<RedisSession> {
  const clients = new Set<Client>()
  const database = databaseOf(options.topology)
  let fault: string | null = null
  let lose: () => void = () => {}
  const lost = new Promise<string>((resolve) => {
    lose = () => resolve(fault ?? 'connection_closed')
  })
  const ended = new AbortController()
  const destroy = (): void => {
    for (const client of clients) client.disconnect()
    ended.abort()
  }

  async function connect(onEnd: () => void): Promise<Client> {
    const client = createClient(options, ended.signal)
    clients.add(client)
    for (const event of ['error', 'node error']) {
      client.on(event, (error: unknown) => {
        fault = redisFault(error)
      })
    }
    client.on('end', () => {
      clients.delete(client)
      onEnd()
    })
    await client.connect()
    // As an ioredis option, a database that cannot be selected would silently be database 0.
    if (database !== 0) await client.select(database)
    return client
  }

  let transfers: Promise<Client> | null = null
  function transferConnection(): Promise<Client> {
    const forget = (): void => {
      if (transfers === connecting) transfers = null
    }
    const connecting = connect(forget)
    connecting.catch(forget)
    return connecting
  }

  try {
    const [commands, notifications] = await withDeadline(
      () => Promise.all([connect(lose), connect(lose)]),
      CONNECT_TIMEOUT_MS,
    )
    fault = null
    return {
      call: (command, args) => commands.callBuffer(command, [...args]),
      async transfer(command, args) {
        transfers ??= transferConnection()
        return (await transfers).callBuffer(command, [...args])
      },
      endTransfers() {
        transfers?.then((client) => client.disconnect()).catch(() => {})
        transfers = null
      },
      async subscribe(channel, onMessage) {
        notifications.on('message', (_: string, message: string) => onMessage(message))
        await notifications.subscribe(channel)
      },
      lost,
      destroy,
    }
  } catch (error) {
    destroy()
    throw new StoreUnavailableError(isTimeoutError(error) ? 'timeout' : (fault ?? redisFault(error)))
  }
}

function createClient(options: RedisConnectionOptions, signal: AbortSignal): Client {
  const { topology } = options
  const tls = tlsOptions(options, signal)
  const common = {
    lazyConnect: true,
    protocol: 2 as const,
    connectTimeout: CONNECT_TIMEOUT_MS,
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    enableReadyCheck: false,
    disableClientInfo: true,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    username: options.username,
    password: options.password?.reveal(),
    tls,
  } satisfies IoredisOptions
  switch (topology.kind) {
    case 'standalone':
      return new Redis({ ...common, ...urlOptions(topology.url.reveal()), enableOfflineQueue: false })
    case 'sentinel':
      return new Redis({
        ...common,
        enableOfflineQueue: false,
        sentinels: [...topology.nodes],
        name: topology.name,
        sentinelRetryStrategy: () => null,
        sentinelCommandTimeout: options.commandTimeoutMs ?? DEFAULT_COMMAND_TIMEOUT_MS,
        enableTLSForSentinelMode: tls !== undefined,
        sentinelTLS: tls,
      })
    case 'cluster':
      return new Cluster([...topology.nodes], {
        lazyConnect: true,
        enableOfflineQueue: false,
        enableReadyCheck: false,
        clusterRetryStrategy: () => null,
        maxRedirections: 4,
        retryDelayOnFailover: 0,
        retryDelayOnClusterDown: 0,
        slotsRefreshTimeout: CONNECT_TIMEOUT_MS,
        // Certificates name hosts: an address looked up beforehand would not match.
        ...(tls && { dnsLookup: (host, callback) => callback(null, host) }),
        redisOptions: common,
      })
  }
}

/**
 * `signal` ends handshakes when the session is destroyed (nodejs/node pull request 37735), and makes Node listen for
 * errors as long as the socket lives. ioredis listens once, but a handshake can fail twice: by our check of the
 * certificate, then by what the server sent after it. The second error would end the process.
 */
function tlsOptions(
  { topology, tlsCaFile }: RedisConnectionOptions,
  signal: AbortSignal,
): (ConnectionOptions & { signal: AbortSignal }) | undefined {
  if (tlsCaFile !== undefined) return { signal, ca: readFileSync(tlsCaFile) }
  return topology.kind === 'standalone' && topology.url.reveal().startsWith('rediss:') ? { signal } : undefined
}

/** The number that the URL's path names. Throws `StoreUnavailableError` if that is no number. */
export function databaseOf(topology: RedisTopology): number {
  if (topology.kind !== 'standalone') return 0
  const path = new URL(topology.url.reveal()).pathname.slice(1)
  if (!/^\d*$/.test(path)) throw new StoreUnavailableError('no_such_database')
  return Number(path)
}

function urlOptions(text: string) {
  const url = new URL(text)
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || 6379),
    ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
    ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
  }
}

/** The error codes of Redis and the system that are useful to an operator. */
const KNOWN_FAULTS = new Set(
  `NOSCRIPT READONLY OOM LOADING CLUSTERDOWN MASTERDOWN MISCONF NOREPLICAS TRYAGAIN MOVED ASK BUSY NOAUTH WRONGPASS NOPERM
   UNKILLABLE EXECABORT NOPROTO CROSSSLOT ECONNREFUSED ECONNRESET EPIPE ETIMEDOUT EHOSTUNREACH ENETUNREACH ENOTFOUND
   EAI_AGAIN ENOENT EACCES CERT_HAS_EXPIRED DEPTH_ZERO_SELF_SIGNED_CERT SELF_SIGNED_CERT_IN_CHAIN
   UNABLE_TO_VERIFY_LEAF_SIGNATURE UNABLE_TO_GET_ISSUER_CERT_LOCALLY ERR_TLS_CERT_ALTNAME_INVALID`.split(/\s+/),
)

/**
 * One word for an error of ioredis, TLS, Redis or the store, from an allow-list and in lower case; else `unknown`. Error
 * texts may contain arguments, hosts and credentials, so none is passed on.
 */
export function redisFault(error: unknown): string {
  if (error instanceof StoreUnavailableError) return error.reason
  if (typeof error !== 'object' || error === null) return 'unknown'
  const { message, code } = error as { message?: unknown; code?: unknown }
  if (typeof code === 'string' && KNOWN_FAULTS.has(code)) return code.toLowerCase()
  if (typeof message !== 'string') return 'unknown'
  const word = message.match(/\b[A-Z][A-Z_]+\b/g)?.find((candidate) => KNOWN_FAULTS.has(candidate))
  if (word !== undefined) return word.toLowerCase()
  // Before Redis 7.2 a command refused within a script has no code of its own.
  if (/can't (?:run this command|access at least one)|no permissions/i.test(message)) return 'noperm'
  if (/DB index/i.test(message)) return 'no_such_database'
  if (/timed out/i.test(message)) return 'timeout'
  if (/closed|isn't writeable|ended|isn't ready|None of startup nodes/i.test(message)) return 'connection_closed'
  if (/sentinel/i.test(message)) return 'sentinels_unreachable'
  if (/slots cache/i.test(message)) return 'cluster_unreachable'
  return 'unknown'
}
