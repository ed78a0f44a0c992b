import { parseSort, sortFieldNames } from '../../src/face-groups/sort.js'
import { sampleGroup, snapshotOf, walk } from './fixtures.js'

const list = Array.from({ length: 9 }, (_, at) =>
  sampleGroup({
    id: at % 3 === 0 ? null : `${'long '.repeat(300)}${at % 4}`,
    name: `${'long '.repeat(300)}${at % 2}`,
    createdAt: at % 3 === 0 ? null : `000${at % 5}-01-01T00:00:00Z`,
  }),
)

describe('each sort field', () => {
  it.each(sortFieldNames)('accepts on the next page the cursor of every page, by %s', async (field) => {
    const snapshot = await snapshotOf(list)
    for (const sort of [field, `-${field}`]) {
      const whole = await walk(snapshot, { sort })
      expect(whole).toHaveLength(list.length)
      expect(await walk(snapshot, { sort, limit: 1 })).toEqual(whole)
    }
  })

  it.each(sortFieldNames)('is named by %s, with a leading - for descending', (field) => {
    expect(parseSort(field)).toEqual({ field, descending: false })
    expect(parseSort(`-${field}`)).toEqual({ field, descending: true })
    expect(parseSort(`--${field}`)).toBeUndefined()
    expect(parseSort(`${field}-`)).toBeUndefined()
  })
})
