import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { type Clock, systemClock } from '../../src/clock.js'
import { fixedSecret } from '../../src/secret.js'
import { type RedisServer, startRedisServer, stopRedisServers } from '../support/redis-server.js'
import { waitFor } from '../support/wait-for.js'
import { openStore, recordEvents, scriptedOrigin, type TestCache, testCache } from './fixtures.js'
import { DEFAULT_COMMAND_TIMEOUT_MS } from '../../src/snapshot-cache/redis-connection.js'

// A loss of Redis may lose the coordination, never a request.

let redis: RedisServer
let fleet: TestCache[] = []
const keyPrefix = 'face-groups'
const key = `{${keyPrefix}}:account:snapshot`

const startServer = async (): Promise<void> => {
  redis = await startRedisServer()
}
afterEach(async () => {
  await Promise.all(fleet.map(({ cache }) => cache.close()))
  fleet = []
})

interface ReplicaOptions extends NonNullable<Parameters<typeof testCache>[0]> {
  readonly secret?: string
  /** The production limit for tests of a hanging Redis: elsewhere a busy machine must not look like a loss. */
  readonly commandTimeoutMs?: number
  /** Of the store. */
  readonly storeClock?: Clock
}
/** The store checks Redis twenty times as often. */
const checkingOften: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(ms > 3_000 && ms < 7_000 ? ms / 20 : ms, signal),
}

function replica({ secret, commandTimeoutMs, storeClock, ...options }: ReplicaOptions = {}): TestCache {
  const events = recordEvents()
  const store = openStore<number>({
    url: redis.url,
    keyPrefix,
    events,
    key: fixedSecret(secret ?? 'an encryption key of the tests'),
    ...(commandTimeoutMs !== undefined && { commandTimeoutMs }),
    ...(storeClock !== undefined && { clock: storeClock }),
  })
  const made = testCache({ store, events, ...options })
  fleet.push(made)
  return made
}
async function started(options: Parameters<typeof replica>[0] = {}): Promise<TestCache> {
  const made = replica(options)
  await made.cache.start()
  await made.cache.get()
  await made.cache.idle()
  return made
}
/** Sends requests every few milliseconds, each answered without waiting, until there were this many calls. */
async function loadUntil(calls: number, { cache, origin }: TestCache): Promise<void> {
  while (origin.calls() < calls) {
    expect(cache.current()).not.toBeNull()
    await delay(5)
  }
}
/** Not an operation of the reconnect loop. */
const isForRequests = ({ operation }: { operation: string }) => operation !== 'subscribe' && operation !== 'check'
/** The wait of a replica for a hanging Redis. */
const limitsIn = (loss: string) => (loss === 'suspended' ? { commandTimeoutMs: DEFAULT_COMMAND_TIMEOUT_MS } : {})

const losses: Record<string, () => Promise<unknown>> = {
  killed: () => redis.kill(),
  'killed and restarted empty': async () => {
    await redis.kill()
    await redis.restart()
  },
  suspended: async () => redis.suspend(),
  'at maxmemory': () => redis.cli('CONFIG', 'SET', 'maxmemory', '1'),
  'made read-only': () => redis.cli('REPLICAOF', '127.0.0.1', '1'),
  flushed: () => redis.cli('FLUSHALL'),
  'overwritten with garbage': () => redis.cli('SET', key, 'x'.repeat(500)),
  'overwritten with another type': () =>
    redis.cli('EVAL', `redis.call('DEL', KEYS[1]) return redis.call('LPUSH', KEYS[1], 'x')`, '1', key),
}

describe('when Redis is lost', () => {
  beforeEach(startServer)
  afterEach(stopRedisServers)

  it.each(Object.keys(losses))('neither fails nor delays a request when Redis is %s', async (loss) => {
    const ttlMs = 150
    const first = await started({ ttlMs, staleMs: 60_000, ...limitsIn(loss) })
    const [before, begin] = [first.origin.calls(), performance.now()]
    const lost = losses[loss]!()
    await loadUntil(before + 3, first)
    await lost
    expect(first.origin.calls() - before).toBeLessThanOrEqual(2 + (performance.now() - begin) / ttlMs)
  })

  it.each(['killed', 'suspended'])(
    'waits for Redis once if there is nothing to serve and Redis is %s',
    async (loss) => {
      const made = await started({ ttlMs: 200, staleMs: 200, ...limitsIn(loss) })
      const expired = () => made.cache.peek() === null || null
      await losses[loss]!()
      await waitFor(expired)
      await made.cache.get()
      expect(made.cache.status().store).toBe('down')
      const asked = made.events.operations.filter(isForRequests).length
      await waitFor(expired)
      await made.cache.get()
      expect(made.events.operations.filter(isForRequests)).toHaveLength(asked)
    },
  )

  it('reports the loss and the return of Redis once each, in allow-listed words', async () => {
    const { events } = await started()
    await redis.kill()
    await waitFor(() => events.storeStates.length === 2 || null)
    await redis.restart()
    await waitFor(() => events.storeStates.length === 3 || null)
    expect(events.storeStates).toEqual([
      { up: true, reason: 'connected' },
      { up: false, reason: expect.stringMatching(/^(connection_closed|econnreset)$/) },
      { up: true, reason: 'connected' },
    ])
  })

  it('republishes to a Redis that came back empty, so that a new replica does not call the origin', async () => {
    const first = await started()
    await redis.kill()
    await redis.restart()
    await waitFor(async () => (await redis.cli('EXISTS', key)) === '1' || null)
    const second = replica()
    await second.cache.start()
    expect(second.cache.current()).toMatchObject({ value: first.cache.peek()!.value })
    expect(second.origin.calls()).toBe(0)
  })

  it('republishes what it fetched alone once Redis is back, and others load it', async () => {
    const origin = scriptedOrigin()
    const [first, second] = [await started({ origin }), await started({ origin })]
    await redis.kill()
    await waitFor(() => (first.cache.status().store === 'down' && second.cache.status().store === 'down') || null)
    await first.cache.refresh()
    expect(second.cache.peek()).toMatchObject({ value: 1 })
    await redis.restart()
    await waitFor(() => second.cache.peek()?.value === 2 || null)
    expect(origin.calls()).toBe(2)
  })

  it('starts without Redis and without the vendor, reports it, and recovers by itself', async () => {
    await redis.kill()
    const made = replica({ backoffMs: 100 })
    made.origin.failWith('upstream_unavailable')
    await made.cache.start()
    await expect(made.cache.get()).rejects.toMatchObject({ code: 'upstream_unavailable' })
    expect(made.cache.status()).toMatchObject({
      freshness: 'empty',
      store: 'down',
      failure: { code: 'upstream_unavailable' },
    })
    made.origin.succeed()
    await redis.restart()
    await waitFor(() => made.cache.peek())
    await waitFor(() => made.cache.status().store === 'up' || null)
  })
})

describe('with whatever is in Redis', () => {
  beforeAll(startServer)
  beforeEach(() => redis.cli('FLUSHALL'))
  afterAll(stopRedisServers)

  it.each(['garbage', 'a cut-off entry', 'an entry sealed with another key', 'an entry of a newer version'])(
    'treats %s as a miss, reports it once and replaces it with one call',
    async (kind) => {
      if (kind === 'an entry sealed with another key') await started({ secret: 'another key' })
      else await started()
      const spoil: Record<string, () => Promise<unknown>> = {
        garbage: () => redis.cli('SET', key, 'x'.repeat(500)),
        'a cut-off entry': () =>
          redis.cli(
            'EVAL',
            `return redis.call('SET', KEYS[1], string.sub(redis.call('GET', KEYS[1]), 1, -2))`,
            '1',
            key,
          ),
        'an entry sealed with another key': async () => {},
        'an entry of a newer version': () => redis.cli('SETRANGE', key, '2', '9'),
      }
      await spoil[kind]!()
      const origin = scriptedOrigin()
      const replicas = [replica({ origin }), replica({ origin }), replica({ origin })]
      await Promise.all(replicas.map(({ cache }) => cache.start()))
      await Promise.all(replicas.map(({ cache }) => cache.get()))
      expect(origin.calls()).toBe(1)
      expect(replicas.flatMap(({ events }) => events.unusable).length).toBeLessThanOrEqual(3)
      expect(replicas.flatMap(({ events }) => events.unusable).length).toBeGreaterThanOrEqual(1)
    },
  )

  it('treats a copy too large to be read in time as a miss, and keeps Redis connected', async () => {
    await started()
    await redis.cli('SETRANGE', key, String(100 * 1024 * 1024), 'x')
    const { cache, events } = replica()
    await cache.start()
    await cache.get()
    await cache.idle()
    expect(events.unusable).toEqual([])
    expect(events.storeStates).toMatchObject([{ up: true }])
    expect(Number(await redis.cli('STRLEN', key))).toBeLessThan(1000)
  })

  // Encrypting this much takes a busy machine long.
  it('shares no copy that is too large to be read in time', async () => {
    const store = openStore({ url: redis.url, keyPrefix })
    await store.open(() => {})
    const claim = await store.claim({
      owner: 'one',
      leaseMs: 10_000,
      ttlMs: 30_000,
      windowMs: 1000,
      demand: 'if-stale',
      knownFence: 0,
    })
    if (claim.outcome !== 'granted') throw new Error('the claim was not granted')
    const value = randomBytes(36 * 1024 * 1024).toString('base64')
    const entry = { value, fence: claim.lease.fence, fetchedAt: performance.now() }
    expect(await store.publish(claim.lease, entry, 600_000)).toBe('unshared')
    expect(await store.read()).toBeNull()
    await store.close()
  }, 120_000)

  it('cannot be blocked by keys without an expiry or with absurd values', async () => {
    for (const name of ['lease', 'backoff', 'window'])
      await redis.cli('SET', `{${keyPrefix}}:account:${name}`, 'garbage')
    await redis.cli('SET', `{${keyPrefix}}:account:fence`, '9007199254740991')
    await redis.cli('LPUSH', `{${keyPrefix}}:account:failures`, 'garbage')
    const { cache } = await started()
    expect(cache.peek()).toMatchObject({ value: 1 })
    expect(cache.status().store).toBe('up')
  })

  it('keeps nothing readable and no error text in Redis', async () => {
    const made = await started({ backoffMs: 50 })
    made.origin.failWith('upstream_rejected')
    await made.cache.refresh().catch(() => {})
    const keys = (await redis.cli('KEYS', '*')).split('\n')
    const values = await Promise.all(keys.map((name) => redis.cli('GET', name)))
    expect(keys.length).toBeGreaterThan(2)
    expect(values.join('\n')).not.toMatch(/value|secret text/)
  })

  it('keeps its guarantees when another fleet shares the server', async () => {
    const origin = scriptedOrigin()
    const store = openStore<number>({ url: redis.url, keyPrefix: randomUUID() })
    const other = testCache({ store, origin })
    fleet.push(other)
    await started()
    await other.cache.start()
    await other.cache.get()
    expect(origin.calls()).toBe(1)
  })

  it.each([0, 1, 2, 4, 8, 16, 32])('can be closed while it opens, %d ms after it began', async (ms) => {
    const store = openStore<number>({ url: redis.url, keyPrefix })
    const opened = store.open(() => {})
    if (ms > 0) await delay(ms)
    await store.close()
    await opened
    expect(store.available()).toBe(false)
  })

  it.each(['before', 'while', 'after'])(
    'an older copy of a clock that was an hour ahead, restored %s a newer one is fetched, replaces it nowhere',
    async (moment) => {
      const origin = scriptedOrigin()
      const ahead = (Date.now() + 3_600_000) * 1000
      const store = openStore<number>({ url: redis.url, keyPrefix })
      await store.open(() => {})
      await store.republish(
        { value: 77, fence: ahead, fetchedAt: performance.now() - 20_000 },
        86_400_000,
        'same-fence',
      )
      // Otherwise it restores its copy before the other replica has looked.
      const holder = replica({ origin, ...(moment === 'before' && { storeClock: checkingOften }) })
      await holder.cache.start()
      expect(holder.cache.peek()).toMatchObject({ value: 77 })
      await store.close()

      await redis.cli('FLUSHALL')
      if (moment === 'before')
        await waitFor(async () => (await redis.cli('EXISTS', key)) === '1' || null, { timeoutMs: 20_000 })
      if (moment === 'while') origin.hold()
      const other = replica({ origin, storeClock: checkingOften })
      await other.cache.start()
      const refreshed = moment === 'before' ? other.cache.refresh() : other.cache.get()
      if (moment === 'while') {
        await waitFor(async () => (await redis.cli('EXISTS', key)) === '1' || null, { timeoutMs: 20_000 })
        origin.answer()
      }
      expect(await refreshed).toMatchObject({ value: 1 })
      await waitFor(() => (holder.cache.peek()?.value === 1 && other.cache.peek()?.value === 1) || null, {
        timeoutMs: 30_000,
      })
      const late = replica({ origin, storeClock: checkingOften })
      await late.cache.start()
      expect(late.cache.peek()).toMatchObject({ value: 1 })
      expect(other.cache.peek()).toMatchObject({ value: 1 })
      expect(origin.calls()).toBe(1)
    },
    60_000,
  )
})
