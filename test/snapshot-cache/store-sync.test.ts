import { createBackgroundWork } from '../../src/snapshot-cache/notifier.js'
import { createLocalEntry } from '../../src/snapshot-cache/local-entry.js'
import { createMemoryStore } from '../../src/snapshot-cache/memory-store.js'
import { createNotifier } from '../../src/snapshot-cache/notifier.js'
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
  const notifier = createNotifier({ clock })
  const work = createBackgroundWork()
  const closing = new AbortController()
  const events = recordEvents()
  const accepted: Entry<string>[] = []
  const copy = createStoreSync<string>({
    store,
    local,
    notifier,
    work,
    onAccepted: (entry) => accepted.push(entry),
    lifetimeMs: LIFETIME_MS,
    closing: closing.signal,
    clock,
    events,
  })
  const tell = async (event: Parameters<typeof copy.onStoreEvent>[0]) => {
    copy.onStoreEvent(event)
    await work.idle()
  }
  const stands = (value: string, fence: number, fetchedAt = 500) =>
    inner.republish({ value, fence, fetchedAt }, LIFETIME_MS, 'same-fence')
  const hold = (value: string, fence: number, { fetchedAt = 500, unshared = false } = {}) =>
    local.acceptIfNewer({ value, fence, fetchedAt, unshared })
  return { clock, inner, line, asked, local, notifier, work, closing, events, accepted, copy, tell, stands, hold }
}

describe('a look at the store', () => {
  it('takes what is newer there, and tells of it', async () => {
    const { copy, stands, hold, local, events, accepted, notifier } = await createWorld()
    hold('mine', 4)
    await stands('theirs', 5)
    expect(await copy.load()).toBe('accepted')
    expect(local.entry()).toMatchObject({ value: 'theirs', fence: 5, unshared: false })
    expect([events.outcomes, accepted.length, notifier.count()]).toEqual([['shared'], 1, 1])
  })

  it('keeps what is no older here, and wakes those who wait all the same', async () => {
    const { copy, stands, hold, local, events, accepted, notifier } = await createWorld()
    hold('mine', 5)
    await stands('theirs', 5)
    expect(await copy.load()).toBe('kept')
    expect(local.entry()).toMatchObject({ value: 'mine' })
    expect([events.outcomes, accepted.length, notifier.count()]).toEqual([[], 0, 1])
  })

  it('finds nothing where nothing stands, or nothing that may be served', async () => {
    const { clock, copy, stands, hold } = await createWorld()
    expect(await copy.load()).toBe('nothing')
    hold('mine', 5)
    expect(await copy.load()).toBe('nothing')
    await stands('theirs', 5)
    await clock.advance(LIFETIME_MS)
    expect(await copy.load()).toBe('nothing')
  })

  it('is taken once for all who ask during the one before, and again for those after', async () => {
    const { copy, asked } = await createWorld()
    await Promise.all([copy.load(), copy.load(), copy.load(), copy.load()])
    expect(asked.reads).toBe(2)
    await Promise.all([copy.load(), copy.load()])
    expect(asked.reads).toBe(4)
  })

  it('that fails keeps nobody from the next', async () => {
    const { copy, line, asked, stands } = await createWorld()
    line.isLost = true
    const [first, second] = [copy.load(), copy.load()]
    line.isLost = false
    await expect(first).rejects.toThrow('lost')
    await second
    await stands('theirs', 5)
    expect(await copy.load()).toBe('accepted')
    expect(asked.reads).toBe(3)
  })
})

describe('news of a copy', () => {
  it('leads to a look where the copy is newer than the one held', async () => {
    const { tell, stands, hold, local, asked } = await createWorld()
    hold('mine', 4)
    await stands('theirs', 5)
    await tell({ type: 'published', fence: 5 })
    expect([local.entry()!.value, asked.reads]).toEqual(['theirs', 1])
  })

  it('leads to a look where the fence is lower than that of the copy held, and takes what is younger', async () => {
    const { clock, tell, stands, hold, local } = await createWorld()
    await clock.advance(10_000)
    hold('mine', 5_000, { fetchedAt: 1_000 })
    await stands('theirs', 5, 9_000)
    await tell({ type: 'published', fence: 5 })
    expect(local.entry()).toMatchObject({ value: 'theirs' })
  })

  it('leads to a look where nothing is local, or what was fetched alone', async () => {
    const { tell, hold, asked } = await createWorld()
    await tell({ type: 'published', fence: 0 })
    hold('mine', 9, { unshared: true })
    await tell({ type: 'published', fence: 5 })
    expect(asked.reads).toBe(2)
  })

  it('only wakes those who wait where it is of the copy held', async () => {
    const { tell, hold, asked, notifier } = await createWorld()
    hold('mine', 5)
    await tell({ type: 'published', fence: 5 })
    expect([asked.reads, notifier.count()]).toEqual([0, 1])
  })
})

it.each([{ type: 'ended' }, { type: 'changed', up: true }] as const)(
  'news of %j wakes those who wait',
  async (event) => {
    const { tell, notifier, asked } = await createWorld()
    await tell(event)
    expect([notifier.count(), asked.reads]).toEqual([1, 0])
  },
)

it('no news counts once everything closes', async () => {
  const { tell, closing, notifier, asked } = await createWorld()
  closing.abort()
  await tell({ type: 'ended' })
  await tell({ type: 'published', fence: 5 })
  await tell({ type: 'seen', fence: 5 })
  expect([notifier.count(), asked.reads]).toEqual([0, 0])
})

describe('what is seen in passing', () => {
  it('is left alone where it is the copy held', async () => {
    const { tell, hold, asked } = await createWorld()
    hold('mine', 5)
    await tell({ type: 'seen', fence: 5 })
    expect([asked.reads, asked.republished]).toEqual([0, []])
  })

  it('is taken where it is newer, or where nothing is held', async () => {
    const { tell, stands, hold, local, asked } = await createWorld()
    await stands('theirs', 5)
    await tell({ type: 'seen', fence: 5 })
    expect(local.entry()).toMatchObject({ value: 'theirs' })
    await stands('newer', 6)
    await tell({ type: 'seen', fence: 6 })
    expect([local.entry()!.value, asked.republished]).toEqual(['newer', []])
    expect(hold('mine', 5)).toBe(false)
  })

  it('is replaced where it is older', async () => {
    const { tell, stands, hold, inner, asked } = await createWorld()
    await stands('theirs', 4)
    hold('mine', 5)
    await tell({ type: 'seen', fence: 4 })
    expect([asked.reads, asked.republished]).toEqual([0, [['mine', 'same-fence']]])
    expect(await inner.read()).toMatchObject({ value: 'mine', fence: 5, fetchedAt: 500 })
  })

  it('is taken where it is younger though its fence is lower, as after a clock that was ahead', async () => {
    const { clock, tell, stands, hold, local, inner } = await createWorld()
    await clock.advance(10_000)
    hold('mine', 5_000, { fetchedAt: 1_000 })
    await stands('theirs', 5, 9_000)
    await tell({ type: 'seen', fence: 5 })
    expect(local.entry()).toMatchObject({ value: 'theirs', fence: 5 })
    expect(await inner.read()).toMatchObject({ value: 'theirs' })
  })

  it('gives way where it is older though its fence is higher, to a copy that gets a fence above', async () => {
    const { clock, tell, stands, hold, local, inner } = await createWorld()
    await clock.advance(10_000)
    hold('mine', 5, { fetchedAt: 9_000 })
    await stands('theirs', 5_000, 1_000)
    await tell({ type: 'seen', fence: 5_000 })
    expect(local.entry()).toMatchObject({ value: 'mine', fence: 5_001, fetchedAt: 9_000 })
    expect(await inner.read()).toMatchObject({ value: 'mine', fence: 5_001 })
  })

  it('is filled in where it is nothing, as long as there is something to put up', async () => {
    const { tell, hold, inner, asked } = await createWorld()
    await tell({ type: 'seen', fence: null })
    expect([asked.reads, asked.republished]).toEqual([0, []])
    hold('mine', 5)
    await tell({ type: 'seen', fence: null })
    expect(await inner.read()).toMatchObject({ value: 'mine', fence: 5 })
  })

  it('gives way to a younger copy fetched alone, which gets a fence of the fleet', async () => {
    const { tell, stands, hold, local, inner, asked } = await createWorld()
    await stands('theirs', 7, 500)
    hold('mine', 2, { fetchedAt: 900, unshared: true })
    await tell({ type: 'seen', fence: 7 })
    expect([asked.reads, asked.republished]).toEqual([1, [['mine', 'new-fence']]])
    expect(await inner.read()).toMatchObject({ value: 'mine', fence: 8 })
    expect(local.entry()).toMatchObject({ value: 'mine', fence: 8, unshared: false })
  })

  it('takes the place of an older copy fetched alone', async () => {
    const { tell, stands, hold, local, asked } = await createWorld()
    await stands('theirs', 7, 900)
    hold('mine', 20, { fetchedAt: 500, unshared: true })
    await tell({ type: 'seen', fence: 7 })
    expect([local.entry()!.value, asked.republished]).toEqual(['theirs', []])
  })

  it('changes nothing here where the store takes nothing', async () => {
    const { tell, hold, local, inner } = await createWorld()
    hold('mine', 2, { fetchedAt: 900, unshared: true })
    await inner.claim({ owner: 'o', leaseMs: 500, ttlMs: 1, windowMs: 1, demand: 'if-stale', knownFence: 0 })
    await tell({ type: 'seen', fence: null })
    expect(local.entry()).toMatchObject({ value: 'mine', fence: 2, unshared: true })
  })
})
