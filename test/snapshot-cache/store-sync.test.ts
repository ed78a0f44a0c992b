import { createBackgroundWork } from '../../src/snapshot-cache/notifier.js'
import { createLocalEntry } from '../../src/snapshot-cache/local-entry.js'
import { createMemoryStore } from './memory-store.js'
import { createStoreSync } from '../../src/snapshot-cache/store-sync.js'
import type { Entry } from '../../src/snapshot-cache/shared-store.js'
import { createFakeClock } from '../support/fake-clock.js'
import { recordEvents } from './fixtures.js'

const LIFETIME_MS = 120_000

async function createWorld() {
  const clock = createFakeClock()
  await clock.advance(1_000)
  const inner = createMemoryStore<string>({ clock })
  const asked = { reads: 0, republished: [] as (readonly [string, string])[] }
  const line = { isLost: false }
  const store: typeof inner = {
    ...inner,
    async read() {
      asked.reads += 1
      if (line.isLost) throw new Error('lost')
      return inner.read()
    },
    async republish(entry, lifetimeMs, fencing) {
      asked.republished.push([entry.value, fencing])
      return inner.republish(entry, lifetimeMs, fencing)
    },
  }
  const local = createLocalEntry<string>({ clock, ttlMs: 60_000, staleMs: 60_000 })
  const notified = { count: 0 }
  const work = createBackgroundWork()
  const closing = new AbortController()
  const events = recordEvents()
  const accepted: Entry<string>[] = []
  const parts = {
    store,
    local,
    notifier: { next: () => AbortSignal.abort(), notify: () => void (notified.count += 1) },
    work,
    lifetimeMs: LIFETIME_MS,
    closing: closing.signal,
    clock,
    events,
  }
  const copy = createStoreSync<string>(parts, (entry) => accepted.push(entry))
  const emit = async (event: Parameters<typeof copy.onStoreEvent>[0]) => {
    copy.onStoreEvent(event)
    await work.idle()
  }
  const putInStore = (value: string, fence: number, fetchedAt = 500) =>
    inner.republish({ value, fence, fetchedAt }, LIFETIME_MS, 'same-fence')
  const hold = (value: string, fence: number, { fetchedAt = 500, unshared = false } = {}) =>
    local.acceptIfNewer({ value, fence, fetchedAt, unshared })
  return { clock, inner, line, asked, local, notified, work, closing, events, accepted, copy, emit, putInStore, hold }
}

describe('loading from the store', () => {
  it('accepts a newer copy, and reports it', async () => {
    const { copy, putInStore, hold, local, events, accepted, notified } = await createWorld()
    hold('mine', 4)
    await putInStore('theirs', 5)
    expect(await copy.load()).toBe('accepted')
    expect(local.entry()).toMatchObject({ value: 'theirs', fence: 5, unshared: false })
    expect([events.outcomes, accepted.length, notified.count]).toEqual([['shared'], 1, 1])
  })

  it('keeps a local copy that is not older, and still wakes waiters', async () => {
    const { copy, putInStore, hold, local, events, accepted, notified } = await createWorld()
    hold('mine', 5)
    await putInStore('theirs', 5)
    expect(await copy.load()).toBe('kept')
    expect(local.entry()).toMatchObject({ value: 'mine' })
    expect([events.outcomes, accepted.length, notified.count]).toEqual([[], 0, 1])
  })

  it('finds nothing where there is no copy, or only an expired one', async () => {
    const { clock, copy, putInStore, hold } = await createWorld()
    expect(await copy.load()).toBe('nothing')
    hold('mine', 5)
    expect(await copy.load()).toBe('nothing')
    await putInStore('theirs', 5)
    await clock.advance(LIFETIME_MS)
    expect(await copy.load()).toBe('nothing')
  })

  it('happens once for all who ask during a load, and again for those after it', async () => {
    const { copy, asked } = await createWorld()
    const first = copy.load()
    await Promise.resolve()
    await Promise.all([first, copy.load(), copy.load(), copy.load()])
    expect(asked.reads).toBe(2)
    await Promise.all([copy.load(), copy.load()])
    expect(asked.reads).toBe(3)
  })

  it('that fails does not prevent the next', async () => {
    const { copy, line, asked, putInStore } = await createWorld()
    line.isLost = true
    const first = copy.load()
    await Promise.resolve()
    const second = copy.load()
    line.isLost = false
    await expect(first).rejects.toThrow('lost')
    await second
    await putInStore('theirs', 5)
    expect(await copy.load()).toBe('accepted')
    expect(asked.reads).toBe(3)
  })
})

describe('a message about a copy', () => {
  it('loads the copy where it is newer than the local one', async () => {
    const { emit, putInStore, hold, local, asked } = await createWorld()
    hold('mine', 4)
    await putInStore('theirs', 5)
    await emit({ type: 'published', fence: 5 })
    expect([local.entry()!.value, asked.reads]).toEqual(['theirs', 1])
  })

  it('loads the copy where its fence is lower, and accepts it where it is younger', async () => {
    const { clock, emit, putInStore, hold, local } = await createWorld()
    await clock.advance(10_000)
    hold('mine', 5_000, { fetchedAt: 1_000 })
    await putInStore('theirs', 5, 9_000)
    await emit({ type: 'published', fence: 5 })
    expect(local.entry()).toMatchObject({ value: 'theirs' })
  })

  it('loads the copy where there is no local one, or an unshared one', async () => {
    const { emit, hold, asked } = await createWorld()
    await emit({ type: 'published', fence: 0 })
    hold('mine', 9, { unshared: true })
    await emit({ type: 'published', fence: 5 })
    expect(asked.reads).toBe(2)
  })

  it('only wakes waiters if it is about the local copy', async () => {
    const { emit, hold, asked, notified } = await createWorld()
    hold('mine', 5)
    await emit({ type: 'published', fence: 5 })
    expect([asked.reads, notified.count]).toEqual([0, 1])
  })
})

it('the end of a lease wakes waiters', async () => {
  const { emit, notified, asked } = await createWorld()
  await emit({ type: 'ended' })
  expect([notified.count, asked.reads]).toEqual([1, 0])
})

it('no event has an effect once the cache closes', async () => {
  const { emit, closing, notified, asked } = await createWorld()
  closing.abort()
  await emit({ type: 'ended' })
  await emit({ type: 'published', fence: 5 })
  await emit({ type: 'seen', fence: 5 })
  expect([notified.count, asked.reads]).toEqual([0, 0])
})

describe('the copy seen by a check', () => {
  it('is ignored where it is the local copy', async () => {
    const { emit, hold, asked } = await createWorld()
    hold('mine', 5)
    await emit({ type: 'seen', fence: 5 })
    expect([asked.reads, asked.republished]).toEqual([0, []])
  })

  it('is loaded where it is newer, or where there is no local copy', async () => {
    const { emit, putInStore, hold, local, asked } = await createWorld()
    await putInStore('theirs', 5)
    await emit({ type: 'seen', fence: 5 })
    expect(local.entry()).toMatchObject({ value: 'theirs' })
    await putInStore('newer', 6)
    await emit({ type: 'seen', fence: 6 })
    expect([local.entry()!.value, asked.republished]).toEqual(['newer', []])
    expect(hold('mine', 5)).toBe(false)
  })

  it('is replaced where it is older', async () => {
    const { emit, putInStore, hold, inner, asked } = await createWorld()
    await putInStore('theirs', 4)
    hold('mine', 5)
    await emit({ type: 'seen', fence: 4 })
    expect([asked.reads, asked.republished]).toEqual([0, [['mine', 'same-fence']]])
    expect(await inner.read()).toMatchObject({ value: 'mine', fence: 5, fetchedAt: 500 })
  })

  it('is loaded where it is younger though its fence is lower, as after a clock that was ahead', async () => {
    const { clock, emit, putInStore, hold, local, inner } = await createWorld()
    await clock.advance(10_000)
    hold('mine', 5_000, { fetchedAt: 1_000 })
    await putInStore('theirs', 5, 9_000)
    await emit({ type: 'seen', fence: 5 })
    expect(local.entry()).toMatchObject({ value: 'theirs', fence: 5 })
    expect(await inner.read()).toMatchObject({ value: 'theirs' })
  })

  it('is replaced where it is older though its fence is higher, by a copy that gets a fence above', async () => {
    const { clock, emit, putInStore, hold, local, inner } = await createWorld()
    await clock.advance(10_000)
    hold('mine', 5, { fetchedAt: 9_000 })
    await putInStore('theirs', 5_000, 1_000)
    await emit({ type: 'seen', fence: 5_000 })
    expect(local.entry()).toMatchObject({ value: 'mine', fence: 5_001, fetchedAt: 9_000 })
    expect(await inner.read()).toMatchObject({ value: 'mine', fence: 5_001 })
  })

  it('is added where there is none, as long as there is a local copy', async () => {
    const { emit, hold, inner, asked } = await createWorld()
    await emit({ type: 'seen', fence: null })
    expect([asked.reads, asked.republished]).toEqual([0, []])
    hold('mine', 5)
    await emit({ type: 'seen', fence: null })
    expect(await inner.read()).toMatchObject({ value: 'mine', fence: 5 })
  })

  it('is replaced by a younger unshared copy, which gets a fence of the fleet', async () => {
    const { emit, putInStore, hold, local, inner, asked } = await createWorld()
    await putInStore('theirs', 7, 500)
    hold('mine', 2, { fetchedAt: 900, unshared: true })
    await emit({ type: 'seen', fence: 7 })
    expect([asked.reads, asked.republished]).toEqual([1, [['mine', 'new-fence']]])
    expect(await inner.read()).toMatchObject({ value: 'mine', fence: 8 })
    expect(local.entry()).toMatchObject({ value: 'mine', fence: 8, unshared: false })
  })

  it('replaces an older unshared copy', async () => {
    const { emit, putInStore, hold, local, asked } = await createWorld()
    await putInStore('theirs', 7, 900)
    hold('mine', 20, { fetchedAt: 500, unshared: true })
    await emit({ type: 'seen', fence: 7 })
    expect([local.entry()!.value, asked.republished]).toEqual(['theirs', []])
  })

  it('changes nothing if the store refuses to republish', async () => {
    const { emit, hold, local, inner } = await createWorld()
    hold('mine', 2, { fetchedAt: 900, unshared: true })
    await inner.claim({ owner: 'o', leaseMs: 500, ttlMs: 1, windowMs: 1, demand: 'if-stale', knownFence: 0 })
    await emit({ type: 'seen', fence: null })
    expect(local.entry()).toMatchObject({ value: 'mine', fence: 2, unshared: true })
  })
})
