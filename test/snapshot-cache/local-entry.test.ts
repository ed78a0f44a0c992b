import { createLocalEntry } from '../../src/snapshot-cache/local-entry.js'
import { createFakeClock } from '../support/fake-clock.js'

async function holding(entry: { fence: number; fetchedAt: number; unshared: boolean }) {
  const clock = createFakeClock()
  await clock.advance(10_000)
  const local = createLocalEntry<string>({ clock, ttlMs: 60_000, staleMs: 60_000 })
  local.acceptIfNewer({ value: 'held', ...entry })
  return { clock, local }
}

it.each([-500, 0, 500])('accepts the copy with the higher fence if ages differ by %d ms', async (ms) => {
  const { local } = await holding({ fence: 5, fetchedAt: 1_000, unshared: false })
  expect(local.acceptIfNewer({ value: 'late', fence: 4, fetchedAt: 1_000 + ms, unshared: false })).toBe(false)
  expect(local.acceptIfNewer({ value: 'next', fence: 6, fetchedAt: 1_000 + ms, unshared: false })).toBe(true)
})

it('accepts the younger copy if ages differ by more, whatever the fence', async () => {
  const { local } = await holding({ fence: 5, fetchedAt: 1_000, unshared: false })
  expect(local.acceptIfNewer({ value: 'older', fence: 900, fetchedAt: 499, unshared: false })).toBe(false)
  expect(local.acceptIfNewer({ value: 'younger', fence: 1, fetchedAt: 1_501, unshared: false })).toBe(true)
  expect(local.fence()).toBe(5)
})

it('keeps the time of fetching when the same copy is loaded again', async () => {
  const { local } = await holding({ fence: 5, fetchedAt: 1_000, unshared: false })
  expect(local.acceptIfNewer({ value: 'held', fence: 5, fetchedAt: 3_000, unshared: false })).toBe(false)
  expect(local.current()!.ageMs).toBe(9_000)
})

it('compares an unshared copy by age, whatever the fence', async () => {
  const { local } = await holding({ fence: 5, fetchedAt: 4_000, unshared: true })
  expect(local.acceptIfNewer({ value: 'older', fence: 900, fetchedAt: 3_000, unshared: false })).toBe(false)
  expect(local.acceptIfNewer({ value: 'younger', fence: 900, fetchedAt: 5_000, unshared: false })).toBe(true)
})

it('accepts any unexpired copy once its own has expired', async () => {
  const { clock, local } = await holding({ fence: 5, fetchedAt: 0, unshared: false })
  await clock.advance(110_000)
  expect(local.current()).toBeNull()
  expect(local.acceptIfNewer({ value: 'restored', fence: 1, fetchedAt: 100_000, unshared: false })).toBe(true)
  expect(local.fence()).toBe(5)
})

it('rejects an expired copy even if it has none', async () => {
  const { clock, local } = await holding({ fence: 5, fetchedAt: 0, unshared: false })
  await clock.advance(110_000)
  expect(local.acceptIfNewer({ value: 'dead', fence: 9, fetchedAt: 0, unshared: false })).toBe(false)
})

it('uses the fence under which its copy was shared, and keeps the time of fetching', async () => {
  const { local } = await holding({ fence: 5, fetchedAt: 4_000, unshared: true })
  local.setSharing({ value: 'held', fence: 5, fetchedAt: 4_000 }, { fence: 900, unshared: false })
  expect(local.entry()).toEqual({ value: 'held', fence: 900, fetchedAt: 4_000, unshared: false })
  expect(local.fence()).toBe(900)
  expect(local.acceptIfNewer({ value: 'older', fence: 899, fetchedAt: 4_100, unshared: false })).toBe(false)
})

it('keeps the highest fence so far', async () => {
  const { local } = await holding({ fence: 5, fetchedAt: 4_000, unshared: false })
  local.setSharing({ value: 'held', fence: 5, fetchedAt: 4_000 }, { fence: 3, unshared: false })
  expect([local.entry()!.fence, local.fence()]).toEqual([3, 5])
})

it('ignores the fence of a copy that has been replaced since', async () => {
  const { local } = await holding({ fence: 5, fetchedAt: 4_000, unshared: true })
  local.setSharing({ value: 'replaced since', fence: 4, fetchedAt: 3_000 }, { fence: 900, unshared: false })
  expect(local.entry()).toMatchObject({ value: 'held', fence: 5, unshared: true })
  const empty = createLocalEntry<string>({ clock: createFakeClock(), ttlMs: 1, staleMs: 1 })
  empty.setSharing({ value: 'held', fence: 5, fetchedAt: 0 }, { fence: 900, unshared: false })
  expect([empty.entry(), empty.fence()]).toEqual([null, 0])
})

it('rejects a copy that is not younger than its unshared one', async () => {
  const { local } = await holding({ fence: 5, fetchedAt: 4_000, unshared: true })
  expect(local.acceptIfNewer({ value: 'twin', fence: 900, fetchedAt: 4_000, unshared: false })).toBe(false)
})
