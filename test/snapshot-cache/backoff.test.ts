import * as fc from 'fast-check'
import { backoffDelay } from '../../src/snapshot-cache/refresh.js'

const short = { code: 'down', retryable: true } as const

it('doubles from the base to the cap', () => {
  const delays = [1, 2, 3, 4, 5, 6].map((failures) =>
    backoffDelay({ failures, failure: short, baseMs: 5_000, capMs: 60_000, random: () => 1 }),
  )
  expect(delays).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000])
})

it('stays between base and cap whatever the jitter and the number of failures', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2_000 }),
      fc.integer({ min: 1, max: 100_000 }),
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (failures, baseMs, capMs, luck) => {
        const delay = backoffDelay({ failures, failure: short, baseMs, capMs, random: () => luck })
        expect(delay).toBeGreaterThanOrEqual(baseMs)
        expect(delay).toBeLessThanOrEqual(Math.max(baseMs, capMs))
      },
    ),
  )
})

it('is an hour at most, even where a copy is fresh for a day', () => {
  const day = 86_400_000
  const failure = { code: 'refused', retryable: false } as const
  expect(backoffDelay({ failures: 1, failure, baseMs: 5_000, capMs: day, random: () => 1 })).toBe(3_600_000)
})

it('honours retryAfterMs up to ten minutes', () => {
  const wished = (retryAfterMs: number) =>
    backoffDelay({ failures: 1, failure: { ...short, retryAfterMs }, baseMs: 5_000, capMs: 60_000, random: () => 0 })
  expect(wished(1)).toBe(5_000)
  expect(wished(90_000)).toBe(90_000)
  expect(wished(86_400_000)).toBe(600_000)
})
