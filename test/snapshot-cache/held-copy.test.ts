import { createHeldCopy } from '../../src/snapshot-cache/held-copy.js'
import { createFakeClock } from '../support/fake-clock.js'

async function holding(entry: { fence: number; bornAt: number; local: boolean }) {
  const clock = createFakeClock()
  await clock.advance(10_000)
  const held = createHeldCopy<string>({ clock, ttlMs: 60_000, staleMs: 60_000 })
  held.adopt({ value: 'held', ...entry })
  return { clock, held }
}

it.each([-500, 0, 500])('takes the copy with the higher fence where ages differ by %d ms', async (ms) => {
  const { held } = await holding({ fence: 5, bornAt: 1_000, local: false })
  expect(held.adopt({ value: 'late', fence: 4, bornAt: 1_000 + ms, local: false })).toBe(false)
  expect(held.adopt({ value: 'next', fence: 6, bornAt: 1_000 + ms, local: false })).toBe(true)
})

it('takes the younger copy where ages differ by more, whatever the fence', async () => {
  const { held } = await holding({ fence: 5, bornAt: 1_000, local: false })
  expect(held.adopt({ value: 'older', fence: 900, bornAt: 499, local: false })).toBe(false)
  expect(held.adopt({ value: 'younger', fence: 1, bornAt: 1_501, local: false })).toBe(true)
  expect(held.fence()).toBe(5)
})

it('keeps the birth of the copy it holds when it meets the same copy again', async () => {
  const { held } = await holding({ fence: 5, bornAt: 1_000, local: false })
  expect(held.adopt({ value: 'held', fence: 5, bornAt: 3_000, local: false })).toBe(false)
  expect(held.current()!.ageMs).toBe(9_000)
})

it('compares a copy it fetched alone by birth, whatever the fence', async () => {
  const { held } = await holding({ fence: 5, bornAt: 4_000, local: true })
  expect(held.adopt({ value: 'older', fence: 900, bornAt: 3_000, local: false })).toBe(false)
  expect(held.adopt({ value: 'younger', fence: 900, bornAt: 5_000, local: false })).toBe(true)
})

it('takes whatever may be served once its own copy has expired', async () => {
  const { clock, held } = await holding({ fence: 5, bornAt: 0, local: false })
  await clock.advance(110_000)
  expect(held.current()).toBeNull()
  expect(held.adopt({ value: 'restored', fence: 1, bornAt: 100_000, local: false })).toBe(true)
  expect(held.fence()).toBe(5)
})

it('refuses an expired copy even where it holds nothing', async () => {
  const { clock, held } = await holding({ fence: 5, bornAt: 0, local: false })
  await clock.advance(110_000)
  expect(held.adopt({ value: 'dead', fence: 9, bornAt: 0, local: false })).toBe(false)
})

it('takes over the fence under which the fleet took its copy, and keeps its birth', async () => {
  const { held } = await holding({ fence: 5, bornAt: 4_000, local: true })
  held.settle({ value: 'held', fence: 5, bornAt: 4_000 }, { fence: 900, local: false })
  expect(held.entry()).toEqual({ value: 'held', fence: 900, bornAt: 4_000, local: false })
  expect(held.fence()).toBe(900)
  expect(held.adopt({ value: 'older', fence: 899, bornAt: 4_100, local: false })).toBe(false)
})

it('keeps the highest fence it ever held', async () => {
  const { held } = await holding({ fence: 5, bornAt: 4_000, local: false })
  held.settle({ value: 'held', fence: 5, bornAt: 4_000 }, { fence: 3, local: true })
  expect([held.entry()!.fence, held.fence()]).toEqual([3, 5])
})

it('does not take over a fence that was given to another copy than it holds', async () => {
  const { held } = await holding({ fence: 5, bornAt: 4_000, local: true })
  held.settle({ value: 'replaced since', fence: 4, bornAt: 3_000 }, { fence: 900, local: false })
  expect(held.entry()).toMatchObject({ value: 'held', fence: 5, local: true })
  const empty = createHeldCopy<string>({ clock: createFakeClock(), ttlMs: 1, staleMs: 1 })
  empty.settle({ value: 'held', fence: 5, bornAt: 0 }, { fence: 900, local: false })
  expect([empty.entry(), empty.fence()]).toEqual([null, 0])
})

it('does not take a copy that is no younger than the one it fetched alone', async () => {
  const { held } = await holding({ fence: 5, bornAt: 4_000, local: true })
  expect(held.adopt({ value: 'twin', fence: 900, bornAt: 4_000, local: false })).toBe(false)
})
