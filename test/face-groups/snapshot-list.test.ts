import * as fc from 'fast-check'
import { naiveList } from './naive-list.js'
import { ask, snapshotOf, walk, group, groups, timestamps, texts, sampleGroup } from './fixtures.js'

const sorts = ['createdAt', '-createdAt', 'name', '-name', 'id', '-id']

const queries = fc.record(
  {
    q: texts,
    modelVersion: fc.constantFrom('s21', 's22', '', 'none'),
    createdAfter: fc.constantFrom(...timestamps),
    createdBefore: fc.constantFrom(...timestamps),
    sort: fc.constantFrom(...sorts),
  },
  { requiredKeys: [] },
)

describe('the list', () => {
  it('answers any query like a naive filter, sort and slice', async () => {
    await fc.assert(
      fc.asyncProperty(groups, queries, fc.integer({ min: 1, max: 40 }), async (list, query, limit) => {
        const expected = naiveList(list, query)
        const { data, page } = await ask(await snapshotOf(list), { ...query, limit })
        expect(data).toEqual(expected.slice(0, limit))
        expect(page).toMatchObject({ limit, total: expected.length })
        expect(page.nextCursor === null).toBe(expected.length <= limit)
      }),
      { numRuns: 1000 },
    )
  }, 60_000)

  it('returns the same pages one by one as in one piece', async () => {
    await fc.assert(
      fc.asyncProperty(groups, queries, fc.integer({ min: 1, max: 5 }), async (list, query, limit) => {
        expect(await walk(await snapshotOf(list), { ...query, limit })).toEqual(naiveList(list, query))
      }),
      { numRuns: 500 },
    )
  }, 60_000)

  it("shows and counts only the groups that match a restricted caller's patterns", async () => {
    await fc.assert(
      fc.asyncProperty(groups, queries, async (list, query) => {
        const visible = list.filter(({ id }) => id !== null && (id === 'bob' || id.startsWith('a')))
        const { data, page } = await ask(await snapshotOf(list), query, ['a*', 'bob'])
        expect(data).toEqual(naiveList(visible, query))
        expect(page.total).toBe(data.length)
      }),
    )
  })

  it('keeps the vendor’s order among ties in both directions', async () => {
    const list = ['third', 'first', 'second'].map((id) => sampleGroup({ id, name: 'same' }))
    const ids = async (sort: string) => (await ask(await snapshotOf(list), { sort })).data.map(({ id }) => id)
    expect(await ids('name')).toEqual(['third', 'first', 'second'])
    expect(await ids('-name')).toEqual(['third', 'first', 'second'])
  })

  it('puts groups without a date last in both directions', async () => {
    const list = [null, '2026-01-01T00:00:00Z', null, '2025-01-01T00:00:00Z'].map((createdAt) =>
      sampleGroup({ createdAt }),
    )
    const dates = async (sort: string) =>
      (await ask(await snapshotOf(list), { sort })).data.map(({ createdAt }) => createdAt)
    expect(await dates('createdAt')).toEqual(['2025-01-01T00:00:00Z', '2026-01-01T00:00:00Z', null, null])
    expect(await dates('-createdAt')).toEqual(['2026-01-01T00:00:00Z', '2025-01-01T00:00:00Z', null, null])
  })

  it('leaves out groups without a date where a date is required', async () => {
    const snapshot = await snapshotOf([sampleGroup({ createdAt: null })])
    expect((await ask(snapshot, { createdAfter: '0001-01-01T00:00:00Z' })).data).toEqual([])
    expect((await ask(snapshot, { createdBefore: '9999-12-31T23:59:59Z' })).data).toEqual([])
  })

  it('does not match a text across two fields', async () => {
    const list = [sampleGroup({ id: 'abc', name: 'def' })]
    expect((await ask(await snapshotOf(list), { q: 'c\nd' })).data).toEqual([])
    expect((await ask(await snapshotOf(list), { q: 'cd' })).data).toEqual([])
  })

  it('finds no text in the id of a group without one', async () => {
    const snapshot = await snapshotOf([sampleGroup({ id: null, name: '1', description: '' })])
    for (const q of ['null', 'e', ' ']) expect((await ask(snapshot, { q })).data).toEqual([])
  })

  it('passes on only fields of the contract', async () => {
    await fc.assert(
      fc.asyncProperty(group, async (one) => {
        const { data } = await ask(await snapshotOf([{ ...one, vendorSecret: 1 } as typeof one]))
        expect(Object.keys(data[0] ?? {})).toEqual(['id', 'name', 'description', 'modelVersion', 'createdAt'])
      }),
    )
  })
})
