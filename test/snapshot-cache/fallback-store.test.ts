import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createFallbackStore } from '../../src/snapshot-cache/fallback-store.js'
import { createMemoryStore } from './memory-store.js'
import { type Lease, type StoreEvent, StoreUnavailableError } from '../../src/snapshot-cache/shared-store.js'
import { createFakeClock } from '../support/fake-clock.js'
import { waitFor } from '../support/wait-for.js'
import { killableStore } from './killable-store.js'
import { sampleClaim } from './fixtures.js'

const failure = { code: 'down', backoffMs: 5_000, failures: 1 }

function world() {
  const clock = createFakeClock()
  const inner = createMemoryStore<string>({ clock })
  const line = killableStore(inner)
  const store = createFallbackStore<string>({ shared: line.store, clock })
  const granted = async (): Promise<Lease> => {
    const claim = await store.claim(sampleClaim)
    if (claim.outcome !== 'granted') throw new Error(`not granted but ${claim.outcome}`)
    return claim.lease
  }
  const entryOf = (lease: Lease) => ({ value: 'copy', fence: lease.fence, fetchedAt: clock.monotonicMs() })
  return { clock, inner, line, store, granted, entryOf }
}

describe('while the shared store is available', () => {
  it('every operation uses it', async () => {
    const { inner, store, granted, entryOf } = world()
    await store.open(() => {})
    const lease = await granted()
    expect([store.available(), lease.isLocal === true]).toEqual([true, false])
    expect(await inner.claim(sampleClaim)).toMatchObject({ outcome: 'held' })
    expect(await store.renew(lease, 4_000)).toBe(true)
    expect(await inner.claim(sampleClaim)).toMatchObject({ outcome: 'held', remainingMs: 4_000 })
    expect(await store.publish(lease, entryOf(lease), 60_000)).toBe('stored')
    expect(await inner.read()).toEqual(await store.read())
    expect(await store.read()).toMatchObject({ value: 'copy' })
  })

  it('failures, releases and republished copies go there', async () => {
    const { clock, inner, store, granted, entryOf } = world()
    await store.release(await granted())
    const lease = await granted()
    expect(await store.fail(lease, failure)).toBe('recorded')
    expect(await inner.claim(sampleClaim)).toMatchObject({ outcome: 'backoff', code: 'down' })
    await clock.advance(10)
    expect(await store.republish({ ...entryOf(lease), fence: 77 }, 60_000, 'same-fence')).toBe(77)
    expect(await inner.read()).toMatchObject({ fence: 77 })
  })

  it('a bug of the store is not treated as unavailability', async () => {
    const { clock, inner } = world()
    const buggy = { ...inner, read: () => Promise.reject(new TypeError('a bug')) }
    const store = createFallbackStore<string>({ shared: buggy, clock })
    await expect(store.read()).rejects.toThrow('a bug')
  })
})

describe('while the shared store is unavailable', () => {
  it('there is nothing to read, nothing is shared, and the lease is local', async () => {
    const { line, store, granted, entryOf } = world()
    line.cut()
    const lease = await granted()
    expect([store.available(), lease.isLocal === true, await store.read()]).toEqual([false, true, null])
    expect(await store.claim(sampleClaim)).toMatchObject({ outcome: 'held', remainingMs: 2_000 })
    expect(await store.renew(lease, 4_000)).toBe(true)
    expect(await store.claim(sampleClaim)).toMatchObject({ outcome: 'held', remainingMs: 4_000 })
    expect(await store.republish(entryOf(lease), 60_000, 'same-fence')).toBeNull()
    expect(await store.publish(lease, entryOf(lease), 60_000)).toBe('unshared')
    expect(await store.read()).toBeNull()
    expect(await store.claim(sampleClaim)).toMatchObject({ outcome: 'fresh' })
  })

  it('an operation that finds this out ends as if there were no other replica', async () => {
    const { clock, inner } = world()
    const lost = () => Promise.reject(new StoreUnavailableError('timeout'))
    const store = createFallbackStore<string>({ shared: { ...inner, read: lost, claim: lost }, clock })
    expect(await store.read()).toBeNull()
    expect(await store.claim(sampleClaim)).toMatchObject({ outcome: 'granted', lease: { isLocal: true } })
  })

  it('a failure starts a local backoff, and a release allows the next lease', async () => {
    const { line, store, granted } = world()
    line.cut()
    await store.release(await granted())
    expect(await store.fail(await granted(), failure)).toBe('recorded')
    expect(await store.claim(sampleClaim)).toMatchObject({ outcome: 'backoff', code: 'down', remainingMs: 5_000 })
  })

  it('a superseded holder is rejected here as well', async () => {
    const { clock, line, store, granted, entryOf } = world()
    line.cut()
    const late = await granted()
    await clock.advance(2_000)
    await granted()
    expect(await store.publish(late, entryOf(late), 60_000)).toBe('superseded')
    expect(await store.fail(late, failure)).toBe('superseded')
    expect(await store.renew(late, 4_000)).toBe(false)
  })

  it('a lease of the fleet continues as if there were no other replica', async () => {
    const { line, store, granted, entryOf } = world()
    const lease = await granted()
    line.cut()
    expect(await store.renew(lease, 4_000)).toBe(true)
    expect(await store.publish(lease, entryOf(lease), 60_000)).toBe('unshared')
    expect(await store.fail(lease, failure)).toBe('recorded')
    await store.release(lease)
    expect(await store.claim(sampleClaim)).toMatchObject({ outcome: 'granted' })
  })

  it('a local lease stays local when the store is available again', async () => {
    const { inner, line, store, granted, entryOf } = world()
    line.cut()
    const lease = await granted()
    await line.reconnect()
    expect(await store.publish(lease, entryOf(lease), 60_000)).toBe('unshared')
    expect(await inner.read()).toBeNull()
  })
})

describe('without a shared store', () => {
  it('every operation is local, and no lease counts as local', async () => {
    const clock = createFakeClock()
    const store = createFallbackStore<string>({ shared: null, clock })
    await store.open(() => {})
    const claim = await store.claim(sampleClaim)
    if (claim.outcome !== 'granted') throw new Error('not granted')
    const { lease } = claim
    expect([store.available(), lease.isLocal === true]).toEqual([false, false])
    expect(await store.publish(lease, { value: 'copy', fence: lease.fence, fetchedAt: 0 }, 60_000)).toBe('stored')
    expect(await store.claim(sampleClaim)).toMatchObject({ outcome: 'fresh' })
    expect(await store.read()).toBeNull()
    await store.close()
  })
})

it('events are those of the shared store', async () => {
  const { line, store, granted, entryOf } = world()
  const heard: StoreEvent[] = []
  await store.open((event) => heard.push(event))
  const lease = await granted()
  await store.publish(lease, entryOf(lease), 60_000)
  line.cut()
  expect(heard).toEqual([{ type: 'published', fence: lease.fence }, { type: 'ended' }])
})

it('keeps no copy of its own, so memory has the list once', async () => {
  const clock = createFakeClock()
  const line = killableStore<object>(createMemoryStore({ clock }))
  const store = createFallbackStore<object>({ shared: line.store, clock })
  line.cut()
  const claim = await store.claim(sampleClaim)
  if (claim.outcome !== 'granted') throw new Error('not granted')
  const publish = async ({ lease }: typeof claim): Promise<WeakRef<object>> => {
    const value = { groups: [] }
    await store.publish(lease, { value, fence: lease.fence, fetchedAt: 0 }, 60_000)
    return new WeakRef(value)
  }
  const copy = await publish(claim)
  await line.reconnect()
  setFlagsFromString('--expose-gc')
  const collectGarbage: () => void = runInNewContext('gc')
  await waitFor(() => {
    collectGarbage()
    return copy.deref() === undefined || null
  })
  // Not because the store itself was unused.
  expect(await store.read()).toBeNull()
})

it('opening opens the shared store, and closing closes it', async () => {
  const { clock, inner } = world()
  const calls: string[] = []
  const shared = {
    ...inner,
    open: async () => void calls.push('open'),
    close: async () => void calls.push('close'),
  }
  const store = createFallbackStore<string>({ shared, clock })
  await store.open(() => {})
  await store.close()
  expect(calls).toEqual(['open', 'close'])
})
