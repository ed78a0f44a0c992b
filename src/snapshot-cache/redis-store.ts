import { type Clock, systemClock } from '../clock.js'
import type { Secret } from '../secret.js'
import {
  CONNECT_TIMEOUT_MS,
  DEFAULT_COMMAND_TIMEOUT_MS,
  openRedisSession,
  type RedisConnectionOptions,
} from './redis-connection.js'
import { redisFault } from './redis-fault.js'
import { createRedisLink, type RunOperation } from './redis-link.js'
import { failureCode, parseStoreMessage, storeMessage } from './redis-messages.js'
import { MOST_SEALED_BYTES, type RedisOperation, redisNames, redisScripts } from './redis-scripts.js'
import { createSeal, HEADER_BYTES } from './seal.js'
import {
  type Claim,
  type Entry,
  type Lease,
  type SharedStore,
  type StoreEvent,
  StoreUnavailableError,
} from './shared-store.js'
import type { SnapshotCacheEvents } from './types.js'

/** A clock this far ahead of Redis's is a failover's small difference; further is an entry of the future. */
const CLOCK_SLACK_MS = 5_000
/** What is larger has a connection of its own and time by its size. */
const SMALL_BYTES = 65_536
/** No way to Redis is meant to be slower: 8 Mbit/s. */
const SLOWEST_BYTES_PER_MS = 1_000
/** After a copy was too large for the way, none is put up again for so long. */
const TRANSFER_PAUSE_MS = 60_000
/** The fence outlives what it orders. */
const FENCE_MS = 14 * 86_400_000

export interface Codec<T> {
  encode(value: T): Promise<Uint8Array>
  /** Rejects when the bytes are not a valid value. */
  decode(bytes: Buffer): Promise<T>
}

export interface RedisStoreOptions<T> {
  readonly redis: RedisConnectionOptions
  /**
   * A digest of whose copy this is: part of every name in Redis and of what the seal authenticates. Asked at each connection and
   * check, so replicas whose credentials are replaced in their files move to the new names together. May throw.
   */
  readonly account: () => string
  /** What the copy in Redis is sealed with; asked each time. */
  readonly key: Secret
  readonly codec: Codec<T>
  readonly events: Pick<SnapshotCacheEvents, 'storeChanged' | 'storeOperation' | 'unusableEntry'>
  readonly clock?: Clock
  readonly random?: () => number
}

/**
 * The store that a fleet shares. Birth times are Redis's: a lease notes the time at which it was granted, and
 * the copy's birth is that plus what the holder's monotonic clock measured. Never throws for Redis's sake
 * but `StoreUnavailableError`.
 */
export function createRedisStore<T>(options: RedisStoreOptions<T>): SharedStore<T> {
  const { redis, codec, events, clock = systemClock, random = Math.random } = options
  const ended = storeMessage({ type: 'ended' })
  /** Null until the first connection; nothing uses Redis before. */
  let fleet: ReturnType<typeof fleetOf> | null = null
  const listeners = new Set<(event: StoreEvent) => void>()
  /** Redis time minus this process's monotonic time, at most what it really is. */
  const offsets = new WeakMap<Lease, number>()
  let unusable: Buffer = Buffer.alloc(0)
  let highestFence = 0
  let seen = { offset: 0, nextFence: 0 }
  let offerAgainAt = -Infinity

  const emit = (event: StoreEvent): void => {
    for (const listener of listeners) listener(event)
  }

  const link = createRedisLink<number | null>({
    async open() {
      const account = readAccount()
      if (account !== fleet?.account) fleet = fleetOf(account)
      return openRedisSession(redis)
    },
    channel: () => current().channel,
    commandTimeoutMs: redis.commandTimeoutMs ?? DEFAULT_COMMAND_TIMEOUT_MS,
    clock,
    random,
    events,
    onMessage(message) {
      const event = parseStoreMessage(message)
      if (event !== null) emit(event)
    },
    onChange: (up) => emit({ type: 'changed', up }),
    onChecked: (fence) => emit({ type: 'seen', fence }),
    check: checkSession,
  })

  function fleetOf(account: string) {
    const seal = createSeal({ key: options.key, scope: `${redis.keyPrefix}\n${account}` })
    return { account, seal, ...redisNames(redis.keyPrefix, account) }
  }

  function current() {
    if (fleet === null) throw new StoreUnavailableError('down')
    return fleet
  }

  /** Credentials that cannot be read now keep the names they had. */
  function readAccount(): string {
    try {
      return options.account()
    } catch {
      if (fleet === null) throw new StoreUnavailableError('credentials_unreadable')
      return fleet.account
    }
  }

  async function checkSession(through: RunOperation): Promise<number | null> {
    if (readAccount() !== fleet?.account) throw new StoreUnavailableError('account_changed')
    return check(through)
  }

  async function check(through?: RunOperation): Promise<number | null> {
    const [now, nextFence, fence] = asList(await run('check', [highestFence], through))
    seen = { offset: Number(now) - clock.monotonicMs(), nextFence: Number(nextFence) }
    return String(fence) === '' ? null : Number(fence)
  }

  function run(
    operation: RedisOperation,
    args: readonly (string | number | Buffer)[],
    through: RunOperation = link.run,
  ) {
    const { sha1, source } = redisScripts[operation]
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

  /** `bytes` of the copy go with this operation, there or back. */
  async function transfer(operation: RedisOperation, args: readonly (string | number | Buffer)[], bytes: number) {
    if (bytes <= SMALL_BYTES) return run(operation, args)
    const limitMs = CONNECT_TIMEOUT_MS + DEFAULT_COMMAND_TIMEOUT_MS + bytes / SLOWEST_BYTES_PER_MS
    const { source } = redisScripts[operation]
    const { keys } = current()
    try {
      // by its source: a script that Redis does not know by its digest would send the copy twice
      return await link.transfer(operation, limitMs, (session) =>
        session.transfer('EVAL', [source, keys.length, ...keys, ...args]),
      )
    } catch (error) {
      // whether it is Redis that cannot be used
      await check().catch(() => {})
      throw error
    }
  }

  function reject(header: Buffer, reason: string): null {
    if (!header.equals(unusable)) events.unusableEntry(reason)
    unusable = Buffer.from(header)
    return null
  }

  return {
    async open() {
      await link.open()
    },
    available: () => link.up(),

    async read() {
      const askedAt = clock.monotonicMs()
      const [now, found] = asList(await run('read', [SMALL_BYTES]))
      const isLarge = typeof found === 'number'
      const [later, sealed] = isLarge ? asList(await transfer('read', [MOST_SEALED_BYTES], found)) : [now, found]
      if (!Buffer.isBuffer(sealed)) return null
      const header = sealed.subarray(0, HEADER_BYTES)
      const opened = await current().seal.open(sealed)
      if (opened.outcome === 'unusable') return reject(header, opened.reason)
      if (Number(later) - opened.at < -CLOCK_SLACK_MS) return reject(header, 'future')
      highestFence = Math.max(highestFence, opened.fence)
      try {
        const value = await codec.decode(opened.plain)
        return { value, fence: opened.fence, bornAt: askedAt - Math.max(Number(now) - opened.at, 0) }
      } catch {
        return reject(header, 'shape')
      }
    },

    async claim({ owner, leaseMs, ttlMs, windowMs, demand, knownFence }): Promise<Claim> {
      const known = Math.max(knownFence, highestFence)
      const args = [owner, leaseMs, ttlMs, windowMs, demand, known, unusable, FENCE_MS]
      const [outcome, first, second, third] = asList(await run('claim', args))
      const remainingMs = Number(first)
      switch (String(outcome)) {
        case 'granted': {
          const lease = { owner, fence: Number(first), failures: Number(third) }
          offsets.set(lease, Number(second) - clock.monotonicMs())
          return { outcome: 'granted', lease }
        }
        case 'backoff':
          return { outcome: 'backoff', remainingMs, code: failureCode(String(second)) }
        case 'recent':
          return { outcome: 'recent', remainingMs }
        case 'fresh':
          return { outcome: 'fresh', remainingMs }
        default:
          return { outcome: 'held', remainingMs, fence: Number(second) }
      }
    },

    async publish(lease, entry, lifetimeMs) {
      const at = Math.floor(entry.bornAt + (offsets.get(lease) ?? seen.offset))
      const sealed = await sealEntry(entry, at)
      const remaining = Math.floor(lifetimeMs - (clock.monotonicMs() - entry.bornAt))
      if (sealed === null || remaining <= 0) {
        await run('release', [lease.owner, lease.fence, current().channel, ended])
        return 'unshared'
      }
      const message = storeMessage({ type: 'published', fence: lease.fence })
      const args = [lease.fence, sealed, remaining, FENCE_MS, current().channel, message]
      try {
        return String(await transfer('publish', args, sealed.length)) === 'stored' ? 'stored' : 'deposed'
      } catch (error) {
        if (!link.up()) throw error
        offerAgainAt = clock.monotonicMs() + TRANSFER_PAUSE_MS
        await run('release', [lease.owner, lease.fence, current().channel, ended])
        return 'unshared'
      }
    },

    async fail(lease, { code, backoffMs, failures }) {
      const failuresMs = backoffMs * 4 + 60_000
      const args = [lease.fence, code, backoffMs, failures, failuresMs, current().channel, ended]
      return String(await run('fail', args)) === 'noted' ? 'noted' : 'deposed'
    },

    renew: async (lease, leaseMs) => Number(await run('renew', [lease.owner, lease.fence, leaseMs, FENCE_MS])) === 1,

    async release(lease) {
      await run('release', [lease.owner, lease.fence, current().channel, ended])
    },

    async offer(entry, lifetimeMs, origin) {
      if (clock.monotonicMs() < offerAgainAt) return null
      await check()
      const fence = origin === 'own' ? entry.fence : Math.max(seen.nextFence, entry.fence + 1)
      const at = Math.floor(entry.bornAt + seen.offset)
      const sealed = await sealEntry({ ...entry, fence }, at)
      const remaining = Math.floor(lifetimeMs - (clock.monotonicMs() - entry.bornAt))
      if (sealed === null || remaining <= 0) return null
      const message = storeMessage({ type: 'published', fence })
      const args = [origin, fence, at, sealed, remaining, FENCE_MS, unusable, current().channel, message]
      try {
        return Number(await transfer('offer', args, sealed.length)) === 1 ? fence : null
      } catch (error) {
        if (link.up()) offerAgainAt = clock.monotonicMs() + TRANSFER_PAUSE_MS
        throw error
      }
    },

    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },

    close: () => link.close(),
  }

  async function sealEntry({ value, fence }: Entry<T>, at: number): Promise<Buffer | null> {
    try {
      const sealed = await current().seal.close(await codec.encode(value), { fence, at })
      if (sealed.length > MOST_SEALED_BYTES) throw new RangeError('the copy is too large')
      return sealed
    } catch {
      events.unusableEntry('unsealable')
      return null
    }
  }
}

function asList(reply: unknown): unknown[] {
  return Array.isArray(reply) ? reply : []
}
