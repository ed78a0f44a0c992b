import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import { Cluster, Redis, type RedisOptions as IoredisOptions } from 'ioredis'
import type { Secret } from '../secret.js'
import { redisFault } from './redis-fault.js'
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
  /** Implied by `rediss://` and by `tlsCaFile`. */
  readonly tls?: boolean | undefined
  /** PEM file of the CAs to trust instead of the well-known ones; read at each connection. */
  readonly tlsCaFile?: string | undefined
  readonly username?: string | undefined
  /** Asked at each connection, so a rotated password takes effect. */
  readonly password?: Secret | undefined
  readonly keyPrefix: string
  /** Longest wait for one command, in milliseconds. Default 250. */
  readonly commandTimeoutMs?: number | undefined
}

export const DEFAULT_COMMAND_TIMEOUT_MS = 250
export const CONNECT_TIMEOUT_MS = 2_000
/** ioredis keeps a timer for so long after `disconnect()`, even where the connection has already closed. */
const DISCONNECT_TIMEOUT_MS = 250

/** Two connections, one for commands and one for notifications, that live and die together; and a third for what is large. */
export interface RedisSession {
  /**
   * One command, its reply as buffers; whoever calls bounds the wait. Rejects with ioredis's raw error: translate it
   * with `redisFault`.
   */
  call(command: string, args: readonly (string | Buffer | number)[]): Promise<unknown>
  /**
   * As `call`, on the third connection, so that no small command waits behind it. It is opened when it is first needed, and
   * its loss is that of what is under way on it alone.
   */
  transfer(command: string, args: readonly (string | Buffer | number)[]): Promise<unknown>
  /** Ends what is under way on the third connection. */
  endTransfers(): void
  subscribe(channel: string, onMessage: (message: string) => void): Promise<void>
  /** Resolves with an allow-listed reason once either connection is lost; never rejects. */
  readonly lost: Promise<string>
  /** Drops every connection immediately. */
  destroy(): void
}

/**
 * Connects, and never reconnects: whoever holds the session opens a new one, which is when secrets and the
 * CA file are read again. Rejects with `StoreUnavailableError` after at most 2 seconds.
 */
export async function openRedisSession(options: RedisConnectionOptions): Promise<RedisSession> {
  const clients = new Set<Redis | Cluster>()
  const database = databaseOf(options.topology)
  let fault: string | null = null
  let loseSession: (reason: string) => void = () => {}
  const lost = new Promise<string>((resolve) => {
    loseSession = resolve
  })
  const ended = new AbortController()
  const destroy = (): void => {
    for (const client of clients) client.disconnect()
    ended.abort()
  }

  async function connect(onEnd: () => void): Promise<Redis | Cluster> {
    const client = createClient(options, ended.signal)
    clients.add(client)
    client.on('error', (error: unknown) => {
      fault = redisFault(error)
    })
    client.on('node error', (error: unknown) => {
      fault = redisFault(error)
    })
    client.on('end', () => {
      clients.delete(client)
      onEnd()
    })
    await client.connect()
    // Named to ioredis instead, a database that cannot be selected would silently be database 0.
    if (database !== 0) await client.select(database)
    return client
  }

  const lose = (): void => loseSession(fault ?? 'connection_closed')
  let transfers: Promise<Redis | Cluster> | null = null

  function transferConnection(): Promise<Redis | Cluster> {
    const mine = connect(() => forget(mine))
    mine.catch(() => forget(mine))
    return mine
  }
  function forget(connection: Promise<Redis | Cluster>): void {
    if (transfers === connection) transfers = null
  }

  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StoreUnavailableError('timeout')), CONNECT_TIMEOUT_MS)
  })
  try {
    const both = Promise.all([connect(lose), connect(lose)])
    both.catch(() => {})
    const [commands, notifications] = await Promise.race([both, tooLate])
    fault = null
    return {
      call: (command, args) => commands.callBuffer(command, [...args]),
      async transfer(command, args) {
        transfers ??= transferConnection()
        return (await transfers).callBuffer(command, [...args])
      },
      endTransfers() {
        transfers?.then(
          (client) => client.disconnect(),
          () => {},
        )
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
    throw error instanceof StoreUnavailableError ? error : new StoreUnavailableError(fault ?? redisFault(error))
  } finally {
    clearTimeout(timer)
  }
}

function createClient(options: RedisConnectionOptions, signal: AbortSignal): Redis | Cluster {
  const { topology } = options
  const timeout = options.commandTimeoutMs ?? DEFAULT_COMMAND_TIMEOUT_MS
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
    ...(options.username === undefined ? {} : { username: options.username }),
    ...(options.password === undefined ? {} : { password: options.password.reveal() }),
    ...(tls === null ? {} : { tls }),
  } satisfies IoredisOptions
  switch (topology.kind) {
    case 'standalone':
      return new Redis({ ...common, ...urlOptions(topology.url.reveal()), enableOfflineQueue: false })
    case 'sentinel':
      return new Redis({
        ...common,
        enableOfflineQueue: false,
        sentinels: topology.nodes.map(({ host, port }) => ({ host, port })),
        name: topology.name,
        sentinelRetryStrategy: () => null,
        sentinelCommandTimeout: timeout,
        ...(tls === null ? {} : { enableTLSForSentinelMode: true, sentinelTLS: tls }),
      })
    case 'cluster':
      return new Cluster(
        topology.nodes.map(({ host, port }) => ({ host, port })),
        {
          lazyConnect: true,
          enableOfflineQueue: false,
          enableReadyCheck: false,
          clusterRetryStrategy: () => null,
          maxRedirections: 4,
          retryDelayOnFailover: 0,
          retryDelayOnClusterDown: 0,
          slotsRefreshTimeout: CONNECT_TIMEOUT_MS,
          // certificates name hosts: an address looked up beforehand would not match
          ...(tls === null ? {} : { dnsLookup: (host, callback) => callback(null, host) }),
          redisOptions: common,
        },
      )
  }
}

/**
 * With the signal Node keeps an `error` listener on the socket for good. ioredis listens once, and a refused TLS
 * handshake may err twice: first our verdict on the certificate, then the server's alert. The second would end
 * the process.
 */
function tlsOptions(
  { topology, tls, tlsCaFile }: RedisConnectionOptions,
  signal: AbortSignal,
): (ConnectionOptions & { signal: AbortSignal }) | null {
  const wanted =
    tls === true ||
    tlsCaFile !== undefined ||
    (topology.kind === 'standalone' && topology.url.reveal().startsWith('rediss:'))
  if (!wanted) return null
  return tlsCaFile === undefined ? { signal } : { signal, ca: readFileSync(tlsCaFile) }
}

/** The number that the URL's path names. Throws `StoreUnavailableError` where that is no number. */
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
