import * as fc from 'fast-check'
import { compareKeys, type SortKey } from '../../src/face-groups/sort.js'
import { sortedIndices } from '../../src/face-groups/sort-steps.js'
import { atOnce } from '../../src/face-groups/steps.js'

const someKeys = (key: fc.Arbitrary<SortKey>) => fc.array(key, { maxLength: 3000 })

describe('a sort in steps', () => {
  it.each([
    ['moments', someKeys(fc.integer({ min: 0, max: 50 })).map((keys) => Float64Array.from(keys as number[]))],
    ['texts', someKeys(fc.option(fc.string({ maxLength: 2 })))],
  ])('orders %s as the sort built in does, ties included', (_what, arbitraryKeys) => {
    fc.assert(
      fc.property(arbitraryKeys, fc.boolean(), (keys: readonly SortKey[] | Float64Array, descending) => {
        const expected = [...keys.keys()].toSorted((a, b) => compareKeys(keys[a]!, keys[b]!, descending))
        expect([...atOnce(sortedIndices(keys, { descending }))]).toEqual(expected)
      }),
    )
  })

  it('pauses every 256 indices, each time it goes over them', () => {
    const length = 20_000
    const keys = Float64Array.from({ length }, (_, index) => (index * 7919) % length)
    const passes = 1 + Math.ceil(Math.log2(length / 256))
    expect([...sortedIndices(keys, { descending: false })]).toHaveLength(passes * Math.ceil(length / 256))
  })
})
