import * as fc from 'fast-check'
import type { FaceGroup } from '../../src/face-groups/face-group.js'
import { ask, snapshotOf, walk, sampleGroup } from './fixtures.js'

const sorts = ['createdAt', '-createdAt', 'name', '-name', 'id', '-id']

/** Groups with unique ids, and many ties in name and date. */
const distinctGroups = fc
  .array(
    fc.record({ name: fc.constantFrom('a', 'b', 'c'), createdAt: fc.option(fc.constantFrom('2026-01-01T00:00:00Z')) }),
    {
      minLength: 1,
      maxLength: 40,
    },
  )
  .map((facts) => facts.map((fact, index) => sampleGroup({ ...fact, id: `kept ${index}` })))

/** Changes of the list between two pages: some groups are added, added ones are removed, all are shuffled. */
const changes = fc.array(
  fc.record({
    added: fc.nat({ max: 4 }),
    removed: fc.nat({ max: 4 }),
    shuffle: fc.integer({ min: 1, max: 1_000_000 }),
  }),
  { minLength: 1, maxLength: 8 },
)

const ids = (groups: readonly FaceGroup[]) => groups.map(({ id }) => id)

describe('paging while the list changes', () => {
  it('delivers each group that stays exactly once, whatever is added, removed or moved', async () => {
    await fc.assert(
      fc.asyncProperty(
        distinctGroups,
        changes,
        fc.constantFrom(...sorts),
        fc.integer({ min: 1, max: 7 }),
        async (kept, script, sort, limit) => {
          let step = 0
          const delivered = await walk(await snapshotOf(kept), { sort, limit }, ({ groups }) => {
            const { added, removed, shuffle } = script[step++ % script.length] ?? { added: 0, removed: 0, shuffle: 1 }
            // Added only a few times: a list that grows faster than it is read has no last page.
            const newcomers =
              step > script.length ? [] : Array.from({ length: added }, (_, at) => newGroup(`${step}.${at}`))
            const guests = groups.filter(({ id }) => id?.startsWith('new')).slice(removed)
            return snapshotOf(shuffled([...kept, ...guests, ...newcomers], shuffle))
          })
          const deliveredKept = ids(delivered).filter((id) => id?.startsWith('kept'))
          expect(deliveredKept).toHaveLength(kept.length)
          expect(new Set(deliveredKept)).toEqual(new Set(ids(kept)))
          expect(new Set(ids(delivered)).size).toBe(delivered.length)
        },
      ),
      { numRuns: 1000 },
    )
  }, 60_000)

  it('continues after the last group of a page that has been deleted since', async () => {
    const list = ['a', 'b', 'c', 'd'].map((id) => sampleGroup({ id }))
    const delivered = await walk(await snapshotOf(list), { limit: 2 }, () =>
      snapshotOf(list.filter(({ id }) => id !== 'b')),
    )
    expect(ids(delivered)).toEqual(['a', 'b', 'c', 'd'])
  })

  it('has no further page if only delivered groups follow', async () => {
    const list = ['a', 'b'].map((id) => sampleGroup({ id }))
    const { page } = await ask(await snapshotOf(list), { limit: 1 })
    const last = await ask(await snapshotOf(list.toReversed()), { limit: 1, cursor: page.nextCursor ?? '' })
    expect(ids(last.data)).toEqual(['b'])
    expect(last.page.nextCursor).toBeNull()
  })

  it('delivers a group although another one with its id was delivered and deleted', async () => {
    const list = ['a', 'b', 'c'].map((name) => sampleGroup({ name }))
    const delivered = await walk(await snapshotOf(list), { limit: 1, sort: 'name' }, () => snapshotOf(list.slice(1)))
    expect(delivered.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
  })

  it('recognizes a group without an id by its content', async () => {
    const list = ['a', 'b'].map((name) => sampleGroup({ id: null, name }))
    const delivered = await walk(await snapshotOf(list), { limit: 1 }, () => snapshotOf(list.toReversed()))
    expect(delivered.map(({ name }) => name)).toEqual(['a', 'b'])
  })

  it('counts indistinguishable groups', async () => {
    const list = Array.from({ length: 7 }, () => sampleGroup({ id: null }))
    expect(await walk(await snapshotOf(list), { limit: 2 })).toHaveLength(7)
  })

  it('passes hundreds of tied groups although some are added and removed before the page', async () => {
    const list = Array.from({ length: 500 }, (_, at) => sampleGroup({ id: `kept ${at}`, createdAt: null }))
    let step = 0
    const delivered = await walk(await snapshotOf(list), { limit: 30 }, () => {
      step++
      const front = Array.from({ length: step % 3 === 0 ? 25 : step }, (_, at) => newGroup(`${at}`, null))
      return snapshotOf([...front, ...list])
    })
    expect(ids(delivered).filter((id) => id?.startsWith('kept'))).toEqual(ids(list))
  })

  it('passes hundreds of tied groups although the last delivered ones are deleted', async () => {
    const list = Array.from({ length: 300 }, (_, at) => sampleGroup({ id: `${at}`, createdAt: null }))
    const left = list.slice(0, 95)
    const first = await ask(await snapshotOf(list), { limit: 100 })
    const next = await ask(await snapshotOf([...left, ...list.slice(110)]), {
      limit: 100,
      cursor: first.page.nextCursor ?? '',
    })
    expect(next.data[0]?.id).toBe('110')
  })

  it.each([95, 99])('passes hundreds of tied groups although %i of 100 delivered ones are deleted', async (deleted) => {
    const list = Array.from({ length: 200 }, (_, at) => sampleGroup({ id: `${at}`, createdAt: null }))
    const first = await ask(await snapshotOf(list), { limit: 100 })
    const shorter = await snapshotOf(list.slice(deleted))
    const second = await ask(shorter, { limit: 1, cursor: first.page.nextCursor ?? '' })
    const third = await ask(shorter, { limit: 1, cursor: second.page.nextCursor ?? '' })
    expect(ids([...second.data, ...third.data])).toEqual(['100', '101'])
  })

  it('delivers what follows a long tie of which nothing is left', async () => {
    const list = Array.from({ length: 150 }, (_, at) => sampleGroup({ id: `${at}`, name: at < 100 ? 'a' : 'b' }))
    const first = await ask(await snapshotOf(list), { limit: 80, sort: 'name' })
    const rest = await snapshotOf(list.slice(100))
    const second = await ask(rest, { sort: 'name', cursor: first.page.nextCursor ?? '' })
    expect(ids(second.data)).toEqual(ids(list.slice(100)))
  })

  it('has cursors that do not grow with the page unless groups tie', async () => {
    const snapshot = await snapshotOf(Array.from({ length: 60 }, (_, at) => sampleGroup({ id: `${at + 10}` })))
    const cursorAfter = async (limit: number) => (await ask(snapshot, { limit, sort: 'id' })).page.nextCursor
    expect((await cursorAfter(50))?.length).toBe((await cursorAfter(1))?.length)
  })

  it('keeps cursors short enough for a URL', async () => {
    const list = Array.from({ length: 1001 }, () => sampleGroup({ id: null, name: '\u0001'.repeat(5000) }))
    const { page } = await ask(await snapshotOf(list), { limit: 1000, sort: 'name' })
    expect(page.nextCursor?.length).toBeLessThan(10_000)
    expect((await ask(await snapshotOf(list), { sort: 'name', cursor: page.nextCursor ?? '' })).data).toHaveLength(1)
  })

  it('delivers each of 100 000 groups once', async () => {
    const list = Array.from({ length: 100_000 }, (_, at) =>
      sampleGroup({ id: `${at}`, createdAt: new Date(1.7e12 + ((at * 7919) % 50_000) * 1000).toISOString() }),
    )
    const delivered = await walk(await snapshotOf(list), { limit: 1000, sort: '-createdAt' })
    expect(delivered).toHaveLength(100_000)
    expect(new Set(ids(delivered)).size).toBe(100_000)
  }, 60_000)
})

function newGroup(name: string, createdAt: string | null = '2026-01-01T00:00:00Z'): FaceGroup {
  return sampleGroup({ id: `new ${name}`, name: 'b', createdAt })
}

/** Deterministic, so that a failure can be shrunk and replayed. */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  let state = seed
  const drawn = items.map((item) => {
    state = (state * 48_271) % 2_147_483_647
    return { item, state }
  })
  return drawn.toSorted((a, b) => a.state - b.state).map(({ item }) => item)
}
