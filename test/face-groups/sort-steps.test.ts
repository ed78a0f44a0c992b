import * as fc from 'fast-check'
import { sortedIndices } from '../../src/face-groups/sort-steps.js'
import { atOnce } from '../../src/face-groups/steps.js'

describe('a sort in steps', () => {
  it('orders as the sort built in does, ties included', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 3000 }), (keys) => {
        const compare = (a: number, b: number) => keys[a]! - keys[b]!
        expect([...atOnce(sortedIndices(keys.length, compare))]).toEqual([...keys.keys()].toSorted(compare))
      }),
    )
  })

  it('pauses at least once per two thousand comparisons', () => {
    const length = 20_000
    let comparisons = 0
    let longest = 0
    const steps = sortedIndices(length, (a, b) => {
      comparisons += 1
      return ((a * 7919) % length) - ((b * 7919) % length)
    })
    while (steps.next().done !== true) {
      longest = Math.max(longest, comparisons)
      comparisons = 0
    }
    // sorting a run of 256 takes about 256 · log2(256) comparisons
    expect(longest).toBeLessThan(2100)
  })
})
