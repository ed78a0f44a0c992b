import { type Clock, systemClock } from '../clock.js'
import type { Secret } from '../secret.js'
import {
  type CommandArguments,
  CONNECT_TIMEOUT_MS,
  DEFAULT_COMMAND_TIMEOUT_MS,
  openRedisSession,
  type RedisConnectionOptions,
  redisFault,
} from './redis-connection.js'
import { createRedisLink, type RunOperation } from './redis-link.js'
import {
  failureCode,
  MAX_SEALED_BYTES,
  parseStoreMessage,
  type RedisOperation,
  redisNames,
  redisScript,
} from './redis-scripts.js'
import { createSeal, HEADER_BYTES } from './seal.js'
import { type Entry, type Lease, type SharedStore, type StoreEvent, StoreUnavailableError } from './shared-store.js'
import type { SnapshotCacheEvents } from './types.js'

/** How far ahead of Redis's clock a copy may be dated, as after a failover; beyond that it is unusable. */
const CLOCK_SLACK_MS = 5_000
/** A larger copy uses the third connection, with a time limit by its size. */
const SMALL_BYTES = 65_536
/** The slowest network supported: 8 Mbit/s. */
const SLOWEST_BYTES_PER_MS = 1_000
/** Pause before the next republishing after a large copy could not be transferred. */
const TRANSFER_PAUSE_MS = 60_000
/** The fence outlives the copies it orders. */
const FENCE_MS = 14 * 86_400_000

export interface Codec<T> {
  encode(value: T): Promise<Uint8Array>
  /** Rejects when the bytes are not a valid value. */
  decode(bytes: Buffer): Promise<T>
}

export interface RedisStoreOptions<T> {
  readonly redis: RedisConnectionOptions
  /**
   * A digest of the account: part of every name in Redis and authenticated by the seal. Called at each connection and
   * check, so replicas whose credentials are replaced in their files move to the new names together. May throw.
   */
  readonly account: () => string
  /** Encrypts the copy in Redis; read each time. */
  readonly key: Secret
  readonly codec: Codec<T>
  readonly events: Pick<SnapshotCacheEvents, 'storeChanged' | 'storeOperation' | 'unusableEntry'>
  readonly clock?: Clock
  readonly random?: () => number
}

/**
 * The store that a fleet shares. Copies are dated in Redis time: that of the lease's grant plus what the holder's
 * monotonic clock measured since. No operation rejects but with `StoreUnavailableError`.
 */
export function createRedisStore<T>(options: RedisStoreOptions<T>): SharedStore<T> {
  const { redis, codec, events, clock = systemClock, random = Math.random } = options
  /** Null until the first connection; nothing uses Redis before. */
  let fleet: ReturnType<typeof fleetOf> | null = null
  let emit: (event: StoreEvent) => void = () => {}
  /** Redis time minus this process's monotonic time, never more than it really is. */
  const offsets = new WeakMap<Lease, number>()
  /** Header of the last entry that could not be used. */
  let unusable: Buffer = Buffer.alloc(0)
  let highestFence = 0
  let seen: { offset: number; nextFence: number; fence: number | null } = { offset: 0, nextFence: 0, fence: null }
  let republishAfter = -Infinity

  const emitSeen = (): void => emit({ type: 'seen', fence: seen.fence })

  const link = createRedisLink({
    async open() {
      const account = readAccount()
      if (account !== fleet?.account) fleet = fleetOf(account)
      return openRedisSession(redis)
    },
    async prepare(through) {
      await through('subscribe', (session) =>
        session.subscribe(current().channel, (message) => {
          const event = parseStoreMessage(message)
          if (event !== null) emit(event)
        }),
      )
      await check(through)
    },
    check: () => check().then(emitSeen),
    onChange(up) {
      emit({ type: 'ended' })
      if (up) emitSeen()
    },
    commandTimeoutMs: redis.commandTimeoutMs ?? DEFAULT_COMMAND_TIMEOUT_MS,
    clock,
    random,
    events,
  })

  function fleetOf(account: string) {
    const seal = createSeal({ key: options.key, scope: `${redis.keyPrefix}\n${account}` })
    return { account, seal, ...redisNames(redis.keyPrefix, account) }
  }

  function current() {
    if (fleet === null) throw new StoreUnavailableError('down')
    return fleet
  }

  /** While the credentials cannot be read, the names stay the same. */
  function readAccount(): string {
    try {
      return options.account()
    } catch {
      if (fleet === null) throw new StoreUnavailableError('credentials_unreadable')
      return fleet.account
    }
  }

  async function check(through?: RunOperation): Promise<void> {
    if (readAccount() !== fleet?.account) throw new StoreUnavailableError('account_changed')
    const [now, nextFence, fence] = asList(await run('check', [highestFence], through))
    seen = {
      offset: Number(now) - clock.monotonicMs(),
      nextFence: Number(nextFence),
      fence: String(fence) === '' ? null : Number(fence),
    }
  }

  function run(operation: RedisOperation, args: CommandArguments, through: RunOperation = link.run) {
    const { sha1, source } = redisScript(operation)
    return through(operation, async (session) => {
      const { keys } = current()
      const rest = [keys.length, ...keys, ...args]
      try {
        return await session.call('EVALSHA', [sha1, ...rest])
      } catch (error) {
        if (redisFault(error) !== 'noscript') throw error
        return await session.call('EVAL', [source, ...rest])
      }
    })
  }

  /** Runs an operation that sends or returns `bytes` of the copy. */
  async function transfer(operation: RedisOperation, args: CommandArguments, bytes: number) {
    if (bytes <= SMALL_BYTES) return run(operation, args)
    const limitMs = CONNECT_TIMEOUT_MS + DEFAULT_COMMAND_TIMEOUT_MS + bytes / SLOWEST_BYTES_PER_MS
    const { source } = redisScript(operation)
    const { keys } = current()
    try {
      // Not by its digest: where Redis does not know the script, that would send the copy twice.
      return await link.transfer(operation, limitMs, (session) =>
        session.transfer('EVAL', [source, keys.length, ...keys, ...args]),
      )
    } catch (error) {
      // Takes the link down if it is Redis that failed and not only the transfer.
      await check().catch(() => {})
      if (link.up() && operation !== 'read') republishAfter = clock.monotonicMs() + TRANSFER_PAUSE_MS
      throw error
    }
  }

  async function release(lease: Lease): Promise<void> {
    await run('release', [lease.owner, lease.fence, current().channel])
  }

  function reject(header: Buffer, reason: string): null {
    if (!header.equals(unusable)) events.unusableEntry(reason)
    unusable = Buffer.from(header)
    return null
  }

  /** Stores a sealed entry by a script. Resolves to its reply; null if the entry cannot be sealed or has expired. */
  async function put(
    operation: 'publish' | 'republish',
    { value, fence, fetchedAt }: Entry<T>,
    offset: number,
    lifetimeMs: number,
    more: CommandArguments,
  ): Promise<string | null> {
    const at = Math.floor(fetchedAt + offset)
    let sealed: Buffer
    try {
      sealed = await current().seal.close(await codec.encode(value), { fence, at })
      if (sealed.length > MAX_SEALED_BYTES) throw new RangeError('the copy is too large')
    } catch {
      events.unusableEntry('unsealable')
      return null
    }
    const remainingMs = Math.floor(lifetimeMs - (clock.monotonicMs() - fetchedAt))
    if (remainingMs <= 0) return null
    const args = [fence, at, sealed, remainingMs, FENCE_MS, current().channel, ...more]
    return String(await transfer(operation, args, sealed.length))
  }

  return {
    open(onEvent) {
      emit = onEvent
      return link.open()
    },
    available: () => link.up(),

    async read() {
      const askedAt = clock.monotonicMs()
      const [now, found] = asList(await run('read', [SMALL_BYTES]))
      const isLarge = typeof found === 'number'
      const [later, sealed] = isLarge ? asList(await transfer('read', [MAX_SEALED_BYTES], found)) : [now, found]
      if (!Buffer.isBuffer(sealed)) return null
      const header = sealed.subarray(0, HEADER_BYTES)
      const opened = await current().seal.open(sealed)
      if (opened.outcome === 'unusable') return reject(header, opened.reason)
      if (Number(later) - opened.at < -CLOCK_SLACK_MS) return reject(header, 'future')
      highestFence = Math.max(highestFence, opened.fence)
      try {
        const value = await codec.decode(opened.plain)
        return { value, fence: opened.fence, fetchedAt: askedAt - Math.max(Number(now) - opened.at, 0) }
      } catch {
        return reject(header, 'shape')
      }
    },

    async claim({ owner, leaseMs, ttlMs, windowMs, demand, knownFence }) {
      const known = Math.max(knownFence, highestFence)
      const args = [owner, leaseMs, ttlMs, windowMs, demand, known, unusable, FENCE_MS]
      const [reply, first, second, third] = asList(await run('claim', args))
      const [outcome, remainingMs] = [String(reply), Number(first)]
      switch (outcome) {
        case 'granted': {
          const lease = { owner, fence: Number(first), failures: Number(third) }
          offsets.set(lease, Number(second) - clock.monotonicMs())
          return { outcome: 'granted', lease }
        }
        case 'backoff':
          return { outcome: 'backoff', remainingMs, code: failureCode(String(second)) }
        case 'recent':
        case 'fresh':
          return { outcome, remainingMs }
        default:
          return { outcome: 'held', remainingMs, fence: Number(second) }
      }
    },

    async publish(lease, entry, lifetimeMs) {
      try {
        const reply = await put('publish', entry, offsets.get(lease) ?? seen.offset, lifetimeMs, [])
        if (reply !== null) return reply === 'stored' ? 'stored' : 'superseded'
      } catch (error) {
        if (!link.up()) throw error
      }
      await release(lease)
      return 'unshared'
    },

    async fail(lease, { code, backoffMs, failures }) {
      const failuresMs = backoffMs * 4 + 60_000
      const args = [lease.fence, code, backoffMs, failures, failuresMs, current().channel]
      return String(await run('fail', args)) === 'recorded' ? 'recorded' : 'superseded'
    },

    renew: async (lease, leaseMs) => Number(await run('renew', [lease.owner, lease.fence, leaseMs, FENCE_MS])) === 1,
    release,

    async republish(entry, lifetimeMs, fencing) {
      if (clock.monotonicMs() < republishAfter) return null
      await check()
      const fence = fencing === 'same-fence' ? entry.fence : Math.max(seen.nextFence, entry.fence + 1)
      const reply = await put('republish', { ...entry, fence }, seen.offset, lifetimeMs, [fencing, unusable])
      return reply === 'stored' ? fence : null
    },

    close: () => link.close(),
  }
}

function asList(reply: unknown): unknown[] {
  return Array.isArray(reply) ? reply : []
}
