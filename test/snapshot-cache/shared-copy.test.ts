import { createBackgroundWork } from '../../src/snapshot-cache/background-work.js'
import { createHeldCopy } from '../../src/snapshot-cache/held-copy.js'
import { createMemoryStore } from '../../src/snapshot-cache/memory-store.js'
import { createNotifier } from '../../src/snapshot-cache/notifier.js'
import { createSharedCopy } from '../../src/snapshot-cache/shared-copy.js'
import type { Entry } from '../../src/snapshot-cache/shared-store.js'
import { createFakeClock } from '../support/fake-clock.js'
import { recordEvents } from './fixtures.js'

const LIFETIME_MS = 120_000

async function world() {
  const clock = createFakeClock()
  await clock.advance(1_000)
  const inner = createMemoryStore<string>({ clock })
  const asked = { reads: 0, offers: [] as (readonly [string, string])[] }
  const line = { isLost: false }
  const store: typeof inner = {
    ...inner,
    async read() {
      asked.reads += 1
      if (line.isLost) throw new Error('lost')
      return inner.read()
    },
    async offer(entry, lifetimeMs, origin) {
      asked.offers.push([entry.value, origin])
      return inner.offer(entry, lifetimeMs, origin)
    },
  }
  const held = createHeldCopy<string>({ clock, ttlMs: 60_000, staleMs: 60_000 })
  const notifier = createNotifier({ clock })
  const work = createBackgroundWork()
  const closing = new AbortController()
  const events = recordEvents()
  const adopted: Entry<string>[] = []
  const copy = createSharedCopy<string>({
    store,
    held,
    notifier,
    work,
    onAdopted: (entry) => adopted.push(entry),
    lifetimeMs: LIFETIME_MS,
    closing: closing.signal,
    clock,
    events,
  })
  const tell = async (event: Parameters<typeof copy.onStoreEvent>[0]) => {
    copy.onStoreEvent(event)
    await work.idle()
  }
  const stands = (value: string, fence: number, bornAt = 500) =>
    inner.offer({ value, fence, bornAt }, LIFETIME_MS, 'own')
  const hold = (value: string, fence: number, { bornAt = 500, local = false } = {}) =>
    held.adopt({ value, fence, bornAt, local })
  return { clock, inner, line, asked, held, notifier, work, closing, events, adopted, copy, tell, stands, hold }
}

describe('a look at the store', () => {
  it('takes what is newer there, and tells of it', async () => {
    const { copy, stands, hold, held, events, adopted, notifier } = await world()
    hold('mine', 4)
    await stands('theirs', 5)
    expect(await copy.load()).toBe('adopted')
    expect(held.entry()).toMatchObject({ value: 'theirs', fence: 5, local: false })
    expect([events.outcomes, adopted.length, notifier.count()]).toEqual([['adopted'], 1, 1])
  })

  it('keeps what is no older here, and wakes those who wait all the same', async () => {
    const { copy, stands, hold, held, events, adopted, notifier } = await world()
    hold('mine', 5)
    await stands('theirs', 5)
    expect(await copy.load()).toBe('kept')
    expect(held.entry()).toMatchObject({ value: 'mine' })
    expect([events.outcomes, adopted.length, notifier.count()]).toEqual([[], 0, 1])
  })

  it('finds nothing where nothing stands, or nothing that may be served', async () => {
    const { clock, copy, stands, hold } = await world()
    expect(await copy.load()).toBe('nothing')
    hold('mine', 5)
    expect(await copy.load()).toBe('nothing')
    await stands('theirs', 5)
    await clock.advance(LIFETIME_MS)
    expect(await copy.load()).toBe('nothing')
  })

  it('is taken once for all who ask during the one before, and again for those after', async () => {
    const { copy, asked } = await world()
    await Promise.all([copy.load(), copy.load(), copy.load(), copy.load()])
    expect(asked.reads).toBe(2)
    await Promise.all([copy.load(), copy.load()])
    expect(asked.reads).toBe(4)
  })

  it('that fails keeps nobody from the next', async () => {
    const { copy, line, asked, stands } = await world()
    line.isLost = true
    const [first, second] = [copy.load(), copy.load()]
    line.isLost = false
    await expect(first).rejects.toThrow('lost')
    await second
    await stands('theirs', 5)
    expect(await copy.load()).toBe('adopted')
    expect(asked.reads).toBe(3)
  })
})

describe('news of a copy', () => {
  it('leads to a look where the copy is newer than the one held', async () => {
    const { tell, stands, hold, held, asked } = await world()
    hold('mine', 4)
    await stands('theirs', 5)
    await tell({ type: 'published', fence: 5 })
    expect([held.entry()!.value, asked.reads]).toEqual(['theirs', 1])
  })

  it('leads to a look where the fence is lower than that of the copy held, and takes what is younger', async () => {
    const { clock, tell, stands, hold, held } = await world()
    await clock.advance(10_000)
    hold('mine', 5_000, { bornAt: 1_000 })
    await stands('theirs', 5, 9_000)
    await tell({ type: 'published', fence: 5 })
    expect(held.entry()).toMatchObject({ value: 'theirs' })
  })

  it('leads to a look where nothing is held, or what was fetched alone', async () => {
    const { tell, hold, asked } = await world()
    await tell({ type: 'published', fence: 0 })
    hold('mine', 9, { local: true })
    await tell({ type: 'published', fence: 5 })
    expect(asked.reads).toBe(2)
  })

  it('only wakes those who wait where it is of the copy held', async () => {
    const { tell, hold, asked, notifier } = await world()
    hold('mine', 5)
    await tell({ type: 'published', fence: 5 })
    expect([asked.reads, notifier.count()]).toEqual([0, 1])
  })
})

it.each([{ type: 'ended' }, { type: 'changed', up: true }] as const)(
  'news of %j wakes those who wait',
  async (event) => {
    const { tell, notifier, asked } = await world()
    await tell(event)
    expect([notifier.count(), asked.reads]).toEqual([1, 0])
  },
)

it('no news counts once everything closes', async () => {
  const { tell, closing, notifier, asked } = await world()
  closing.abort()
  await tell({ type: 'ended' })
  await tell({ type: 'published', fence: 5 })
  await tell({ type: 'seen', fence: 5 })
  expect([notifier.count(), asked.reads]).toEqual([0, 0])
})

describe('what is seen in passing', () => {
  it('is left alone where it is the copy held', async () => {
    const { tell, hold, asked } = await world()
    hold('mine', 5)
    await tell({ type: 'seen', fence: 5 })
    expect([asked.reads, asked.offers]).toEqual([0, []])
  })

  it('is taken where it is newer, or where nothing is held', async () => {
    const { tell, stands, hold, held, asked } = await world()
    await stands('theirs', 5)
    await tell({ type: 'seen', fence: 5 })
    expect(held.entry()).toMatchObject({ value: 'theirs' })
    await stands('newer', 6)
    await tell({ type: 'seen', fence: 6 })
    expect([held.entry()!.value, asked.offers]).toEqual(['newer', []])
    expect(hold('mine', 5)).toBe(false)
  })

  it('is replaced where it is older', async () => {
    const { tell, stands, hold, inner, asked } = await world()
    await stands('theirs', 4)
    hold('mine', 5)
    await tell({ type: 'seen', fence: 4 })
    expect([asked.reads, asked.offers]).toEqual([0, [['mine', 'own']]])
    expect(await inner.read()).toMatchObject({ value: 'mine', fence: 5, bornAt: 500 })
  })

  it('is taken where it is younger though its fence is lower, as after a clock that was ahead', async () => {
    const { clock, tell, stands, hold, held, inner } = await world()
    await clock.advance(10_000)
    hold('mine', 5_000, { bornAt: 1_000 })
    await stands('theirs', 5, 9_000)
    await tell({ type: 'seen', fence: 5 })
    expect(held.entry()).toMatchObject({ value: 'theirs', fence: 5 })
    expect(await inner.read()).toMatchObject({ value: 'theirs' })
  })

  it('gives way where it is older though its fence is higher, to a copy that gets a fence above', async () => {
    const { clock, tell, stands, hold, held, inner } = await world()
    await clock.advance(10_000)
    hold('mine', 5, { bornAt: 9_000 })
    await stands('theirs', 5_000, 1_000)
    await tell({ type: 'seen', fence: 5_000 })
    expect(held.entry()).toMatchObject({ value: 'mine', fence: 5_001, bornAt: 9_000 })
    expect(await inner.read()).toMatchObject({ value: 'mine', fence: 5_001 })
  })

  it('is filled in where it is nothing, as long as there is something to put up', async () => {
    const { tell, hold, inner, asked } = await world()
    await tell({ type: 'seen', fence: null })
    expect([asked.reads, asked.offers]).toEqual([0, []])
    hold('mine', 5)
    await tell({ type: 'seen', fence: null })
    expect(await inner.read()).toMatchObject({ value: 'mine', fence: 5 })
  })

  it('gives way to a younger copy fetched alone, which gets a fence of the fleet', async () => {
    const { tell, stands, hold, held, inner, asked } = await world()
    await stands('theirs', 7, 500)
    hold('mine', 2, { bornAt: 900, local: true })
    await tell({ type: 'seen', fence: 7 })
    expect([asked.reads, asked.offers]).toEqual([1, [['mine', 'foreign']]])
    expect(await inner.read()).toMatchObject({ value: 'mine', fence: 8 })
    expect(held.entry()).toMatchObject({ value: 'mine', fence: 8, local: false })
  })

  it('takes the place of an older copy fetched alone', async () => {
    const { tell, stands, hold, held, asked } = await world()
    await stands('theirs', 7, 900)
    hold('mine', 20, { bornAt: 500, local: true })
    await tell({ type: 'seen', fence: 7 })
    expect([held.entry()!.value, asked.offers]).toEqual(['theirs', []])
  })

  it('changes nothing here where the store takes nothing', async () => {
    const { tell, hold, held, inner } = await world()
    hold('mine', 2, { bornAt: 900, local: true })
    await inner.claim({ owner: 'o', leaseMs: 500, ttlMs: 1, windowMs: 1, demand: 'if-stale', knownFence: 0 })
    await tell({ type: 'seen', fence: null })
    expect(held.entry()).toMatchObject({ value: 'mine', fence: 2, local: true })
  })
})
