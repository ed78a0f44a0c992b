import { randomUUID } from 'node:crypto'
import { systemClock } from '../../src/clock.js'
import { fixedSecret } from '../../src/secret.js'
import type { ClaimRequest, StoreEvent } from '../../src/snapshot-cache/shared-store.js'
import { createSeal } from '../../src/snapshot-cache/seal.js'
import { type RedisServer, startRedisServer, stopRedisServers } from '../support/redis-server.js'
import { waitFor } from '../support/wait-for.js'
import { openStore, recordEvents, sampleClaim } from './fixtures.js'

// Details about Redis that the contract of every store cannot test.

let redis: RedisServer
const closing: (() => Promise<void>)[] = []

beforeAll(async () => {
  redis = await startRedisServer()
})
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()))
})
afterAll(stopRedisServers)

const key = fixedSecret('one key')

async function open(options: Partial<Parameters<typeof openStore>[0]> = {}) {
  const events = recordEvents()
  const keyPrefix = options.keyPrefix ?? randomUUID()
  const heard: StoreEvent[] = []
  const store = openStore({ url: redis.url, key, events, ...options, keyPrefix })
  closing.push(() => store.close())
  await store.open((event) => heard.push(event))
  const granted = async () => {
    const claim = await store.claim(sampleClaim)
    if (claim.outcome !== 'granted') throw new Error(`not granted but ${claim.outcome}`)
    return claim.lease
  }
  return { store, events, heard, keyPrefix, granted, keyOf: (name: string) => `{${keyPrefix}}:account:${name}` }
}

/** Stores an entry encrypted with the fleet's key, with this text, dated this many ms from now. */
async function storeEntry(keyPrefix: string, text: string, offsetMs = 0, fence = Date.now() * 1000): Promise<void> {
  const seal = createSeal({ key, scope: `${keyPrefix}\naccount` })
  const sealed = await seal.close(Buffer.from(text), { fence, at: Date.now() + offsetMs })
  const script = `return redis.call('SET', KEYS[1], (string.gsub(ARGV[1], '..', function(byte) return string.char(tonumber(byte, 16)) end)))`
  await redis.cli('EVAL', script, '1', `{${keyPrefix}}:account:snapshot`, sealed.toString('hex'))
}

describe('an unusable entry', () => {
  it.each([
    ['of another shape', '{"other":1}', 0, 'shape'],
    ['of the future', '{"value":"early"}', 60_000, 'future'],
  ])('%s is a miss, reported once, and does not prevent a refresh', async (_, text, offsetMs, reason) => {
    const { store, events, keyPrefix } = await open()
    await storeEntry(keyPrefix, text, offsetMs)
    expect([await store.read(), await store.read()]).toEqual([null, null])
    expect(events.unusable).toEqual([reason])
    expect(await store.claim(sampleClaim)).toMatchObject({ outcome: 'granted' })
  })

  it('that was encrypted with another key is reported once, and so is its successor', async () => {
    const { store, events, keyPrefix } = await open({ key: fixedSecret('another key') })
    await storeEntry(keyPrefix, '{"value":"x"}')
    await store.read()
    await store.read()
    await storeEntry(keyPrefix, '{"value":"y"}')
    await store.read()
    expect(events.unusable).toEqual(['seal', 'seal'])
  })

  it('is replaced by a copy that is republished', async () => {
    const { store, keyPrefix } = await open({ key: fixedSecret('another key') })
    await storeEntry(keyPrefix, '{"value":"x"}', 0, 9_000)
    await store.read()
    const fetchedAt = systemClock.monotonicMs()
    expect(await store.republish({ value: 'mine', fence: 7, fetchedAt }, 60_000, 'same-fence')).toBe(7)
  })

  it('of a clock a little ahead is used, with age 0', async () => {
    const { store, keyPrefix } = await open()
    await storeEntry(keyPrefix, '{"value":"early"}', 3_000)
    const askedAt = systemClock.monotonicMs()
    const entry = await store.read()
    expect(entry).toMatchObject({ value: 'early' })
    expect(entry!.fetchedAt).toBeGreaterThanOrEqual(askedAt)
  })
})

it('a copy that cannot be encrypted is unshared, and the lease ends', async () => {
  let secret: string | null = 'one key'
  const rotating = {
    reveal() {
      if (secret === null) throw new Error('no such file')
      return secret
    },
  }
  const { store, events, granted } = await open({ key: rotating })
  const lease = await granted()
  secret = null
  const entry = { value: 'copy', fence: lease.fence, fetchedAt: systemClock.monotonicMs() }
  expect(await store.publish(lease, entry, 60_000)).toBe('unshared')
  expect(await store.republish(entry, 60_000, 'same-fence')).toBeNull()
  expect(events.unusable).toEqual(['unsealable', 'unsealable'])
  expect(await store.claim({ ...sampleClaim, owner: 'two' })).toMatchObject({ outcome: 'granted' })
})

it('an expired copy is unshared, and the lease ends', async () => {
  const { store, granted } = await open()
  const lease = await granted()
  const fetchedAt = systemClock.monotonicMs() - 1_000
  expect(await store.publish(lease, { value: 'dead', fence: lease.fence, fetchedAt }, 1_000)).toBe('unshared')
  expect(await store.claim({ ...sampleClaim, owner: 'two' })).toMatchObject({ outcome: 'granted' })
})

it('a copy stays in Redis for the rest of its lifetime', async () => {
  const { store, granted, keyOf } = await open()
  const lease = await granted()
  const fetchedAt = systemClock.monotonicMs() - 20_000
  await store.publish(lease, { value: 'copy', fence: lease.fence, fetchedAt }, 60_000)
  const leftMs = Number(await redis.cli('PTTL', keyOf('snapshot')))
  expect(leftMs).toBeGreaterThan(30_000)
  expect(leftMs).toBeLessThanOrEqual(40_000)
  await store.republish({ value: 'newer', fence: lease.fence + 1, fetchedAt }, 120_000, 'same-fence')
  const offeredMs = Number(await redis.cli('PTTL', keyOf('snapshot')))
  expect(offeredMs).toBeGreaterThan(90_000)
  expect(offeredMs).toBeLessThanOrEqual(100_000)
})

it('a lease of another store is published with the time offset last seen', async () => {
  const [{ store, keyPrefix, granted }] = [await open()]
  const other = await open({ keyPrefix })
  const lease = { ...(await granted()) }
  const fetchedAt = systemClock.monotonicMs()
  await other.store.publish(lease, { value: 'copy', fence: lease.fence, fetchedAt }, 60_000)
  expect(Math.abs((await store.read())!.fetchedAt - fetchedAt)).toBeLessThan(60_000)
})

it('every key begins with the prefix, and all are on one node of a cluster', async () => {
  const { store, keyPrefix, keyOf, granted } = await open()
  const first = await granted()
  await store.publish(first, { value: 'copy', fence: first.fence, fetchedAt: systemClock.monotonicMs() }, 60_000)
  const forced = await store.claim({ ...sampleClaim, demand: 'forced' })
  if (forced.outcome !== 'granted') throw new Error('not granted')
  const during = (await redis.cli('KEYS', `*${keyPrefix}*`)).split('\n')
  await store.fail(forced.lease, { code: 'down', backoffMs: 5_000, failures: 3 })
  const after = (await redis.cli('KEYS', `*${keyPrefix}*`)).split('\n')
  const names = ['backoff', 'failures', 'fence', 'lease', 'snapshot', 'window'].map(keyOf)
  expect(new Set([...during, ...after].filter((name) => name !== keyOf('probe')))).toEqual(new Set(names))
})

it('reports the copy in Redis when it opens, and that Redis is connected', async () => {
  const { keyPrefix, heard, granted, store } = await open()
  expect(heard).toEqual([{ type: 'ended' }, { type: 'seen', fence: null }])
  const lease = await granted()
  await store.publish(lease, { value: 'copy', fence: lease.fence, fetchedAt: systemClock.monotonicMs() }, 60_000)
  const later = await open({ keyPrefix })
  expect(later.heard).toContainEqual({ type: 'seen', fence: lease.fence })
})

it('ignores messages of others, and receives only those of its own fleet', async () => {
  const { heard, keyOf } = await open()
  const other = await open()
  for (const events of [heard, other.heard]) events.length = 0
  await redis.cli('PUBLISH', keyOf('events'), 'garbage')
  await redis.cli('PUBLISH', keyOf('events'), 'ended')
  await waitFor(() => heard.some(({ type }) => type === 'ended') || null)
  // Each checks the server every few seconds and reports the result.
  const messages = (events: readonly StoreEvent[]) => events.filter(({ type }) => type !== 'seen')
  expect(messages(heard)).toEqual([{ type: 'ended' }])
  expect(messages(other.heard)).toEqual([])
})

it('continues when Redis has lost the scripts', async () => {
  const { store, events } = await open()
  await store.read()
  await redis.cli('SCRIPT', 'FLUSH')
  expect(await store.read()).toBeNull()
  expect(events.storeStates).toEqual([{ up: true, reason: 'connected' }])
})

it('treats an invalid code in Redis as unknown', async () => {
  const { store, keyOf } = await open()
  await redis.cli('SET', keyOf('backoff'), '5000 HUNTER2 <b>', 'PX', '5000')
  expect(await store.claim(sampleClaim)).toMatchObject({ outcome: 'backoff', code: 'unknown' })
})

it('is unavailable once it is closed', async () => {
  const { store } = await open()
  await store.close()
  expect(store.available()).toBe(false)
  await expect(store.read()).rejects.toMatchObject({ name: 'StoreUnavailableError', reason: 'down' })
})

describe('beside an earlier release, whose key names contain no account', () => {
  const earlier = ['lease', 'backoff', 'window', 'snapshot', 'fence']

  it('neither uses nor changes the keys of that release', async () => {
    const keyPrefix = randomUUID()
    for (const name of earlier)
      await redis.cli('SET', `{${keyPrefix}}:${name}`, 'FG1 of an earlier release', 'PX', '50000')
    const { store, events, granted } = await open({ keyPrefix })
    const lease = await granted()
    await store.publish(lease, { value: 'copy', fence: lease.fence, fetchedAt: systemClock.monotonicMs() }, 60_000)
    expect(await store.read()).toMatchObject({ value: 'copy' })
    for (const name of earlier)
      expect(await redis.cli('GET', `{${keyPrefix}}:${name}`)).toBe('FG1 of an earlier release')
    expect(events.unusable).toEqual([])
  })

  it('treats a copy in its format as a miss', async () => {
    const { store, events, keyOf } = await open()
    await redis.cli('SET', keyOf('snapshot'), `FG1${'0'.repeat(80)}`)
    expect(await store.read()).toBeNull()
    expect(events.unusable).toEqual(['format'])
    expect(await store.claim(sampleClaim)).toMatchObject({ outcome: 'granted' })
  })
})

it('does not open a copy that was moved from another account', async () => {
  const [one, other] = [await open(), await open({ account: () => 'other' })]
  await storeEntry(one.keyPrefix, '{"value":"of one account"}')
  const moved = `{${other.keyPrefix}}:other:snapshot`
  const script = `return redis.call('SET', KEYS[2], redis.call('GET', KEYS[1]))`
  await redis.cli('EVAL', script, '2', one.keyOf('snapshot'), moved)
  expect(await other.store.read()).toBeNull()
  expect(other.events.unusable).toEqual(['seal'])
})

it('keeps its names while the account is unreadable, and is down if it never was readable', async () => {
  let account: string | null = 'account'
  const read = () => {
    if (account === null) throw new Error('no such file')
    return account
  }
  const { store, granted } = await open({ account: read })
  account = null
  await granted()
  expect(store.available()).toBe(true)
  const blind = await open({ account: read })
  expect(blind.events.storeStates).toEqual([{ up: false, reason: 'credentials_unreadable' }])
})

describe('when the clock of Redis is set back by 25 minutes, each key expires that much later, and', () => {
  // the effect of such a step on a key, because Redis stores the time of expiry
  const stepBack = (key: string) => redis.cli('PEXPIRE', key, '1500000')
  const mayClaim = (store: Awaited<ReturnType<typeof open>>['store'], request: Partial<ClaimRequest>) =>
    waitFor(
      async () => {
        const { outcome } = await store.claim({ ...sampleClaim, ttlMs: 0, owner: 'other', ...request })
        return outcome === 'granted' || null
      },
      { timeoutMs: 20_000 },
    )

  it('a backoff still blocks no longer than it was set', async () => {
    const { store, granted, keyOf } = await open()
    await store.fail(await granted(), { code: 'down', backoffMs: 237, failures: 1 })
    await stepBack(keyOf('backoff'))
    const claim = await store.claim(sampleClaim)
    if (claim.outcome === 'backoff') expect(claim).toMatchObject({ code: 'down', remainingMs: expect.any(Number) })
    expect('remainingMs' in claim ? claim.remainingMs : 0).toBeLessThanOrEqual(237)
    await mayClaim(store, {})
  })

  it('a window still blocks no longer than it was set', async () => {
    const { store, granted, keyOf } = await open()
    const claim = await store.claim({ ...sampleClaim, demand: 'forced', windowMs: 400 })
    if (claim.outcome !== 'granted') throw new Error(`not granted but ${claim.outcome}`)
    await store.release(claim.lease)
    await store.release(await granted())
    await stepBack(keyOf('window'))
    const recent = await store.claim({ ...sampleClaim, demand: 'forced', windowMs: 400 })
    expect('remainingMs' in recent ? recent.remainingMs : 0).toBeLessThanOrEqual(400)
    await mayClaim(store, { demand: 'forced' })
  })

  it('a lease of a killed holder still blocks no longer than it was set', async () => {
    const { store, granted, keyOf } = await open()
    await granted()
    await stepBack(keyOf('lease'))
    const held = await store.claim({ ...sampleClaim, owner: 'other' })
    expect('remainingMs' in held ? held.remainingMs : 0).toBeLessThanOrEqual(sampleClaim.leaseMs)
    await mayClaim(store, {})
  }, 30_000)
})
