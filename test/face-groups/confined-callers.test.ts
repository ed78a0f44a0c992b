import { defaultListQuery } from '../../src/face-groups/query.js'
import type { Snapshot } from '../../src/face-groups/snapshot.js'
import { ask, queryOf, sampleGroup, snapshotOf } from './fixtures.js'

const groups = (count: number) =>
  Array.from({ length: count }, (_, at) => sampleGroup({ id: `library-${at}`, name: `Name ${at % 7}` }))

const byName = queryOf('?sort=name')

/** Patterns that cannot be decided by the beginning or end of an id. */
const slow = (count: number, word: string) => Array.from({ length: count }, (_, n) => `*b*r*${word}*${n}*`)

/** The number of event loop iterations until `work` is done. */
async function iterationsDuring(work: () => Promise<unknown>): Promise<number> {
  let iterations = 0
  let isDone = false
  const count = () => {
    iterations += 1
    if (!isDone) setImmediate(count)
  }
  setImmediate(count)
  await work()
  isDone = true
  return iterations
}

const list = (snapshot: Snapshot, patterns: readonly string[]) => snapshot.list(defaultListQuery, patterns)

describe('a list for restricted callers', () => {
  it('yields to the event loop while it searches for visible groups', async () => {
    const snapshot = await snapshotOf(groups(20_000))
    const patterns = [...slow(200, 'none'), 'library-19*']
    expect(await iterationsDuring(() => list(snapshot, patterns))).toBeGreaterThan(100)
    expect((await ask(snapshot, {}, patterns)).page.total).toBe(1111)
  }, 60_000)

  it('searches for one caller after the other, so that many callers do not cause a long pause', async () => {
    const snapshot = await snapshotOf(groups(5000))
    const one = await iterationsDuring(() => list(snapshot, slow(200, 'zero')))
    const finished: number[] = []
    const all = await iterationsDuring(() =>
      Promise.all(
        Array.from({ length: 8 }, async (_, n) => {
          await list(snapshot, slow(200, `word-${n}`))
          finished.push(n)
        }),
      ),
    )
    expect(all).toBeGreaterThan(7 * one)
    expect(finished).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  }, 60_000)

  it('shares the work between concurrent callers with the same patterns', async () => {
    const snapshot = await snapshotOf(groups(5000))
    const [one, other] = await Promise.all([
      list(snapshot, ['library-1*', 'library-2']),
      list(snapshot, ['library-2', 'library-1*']),
    ])
    expect(other).toBe(one)
  })

  it('does not yield for a cached page, nor for the next page of a cached selection', async () => {
    const snapshot = await snapshotOf(groups(5000))
    const patterns = ['library-1*']
    expect(await iterationsDuring(() => snapshot.list(byName, patterns))).toBeGreaterThan(1)
    expect(await iterationsDuring(() => snapshot.list(byName, patterns))).toBe(0)
    expect(await iterationsDuring(() => snapshot.list({ ...byName, limit: 7 }, patterns))).toBe(0)
  })

  it('has the default page of an unrestricted caller ready from the beginning', async () => {
    const snapshot = await snapshotOf(groups(5000))
    expect(await iterationsDuring(() => snapshot.list(defaultListQuery, null))).toBe(0)
    expect(await iterationsDuring(() => snapshot.list(defaultListQuery, ['*']))).toBe(0)
  })

  it('searches only among visible groups', async () => {
    const snapshot = await snapshotOf([...groups(30), sampleGroup({ id: null, name: 'Name 1' })])
    const { data, page } = await ask(snapshot, { q: 'name 1', sort: '-id' }, ['library-1*'])
    expect(data.map(({ id }) => id)).toEqual(['library-15', 'library-1'])
    expect(page.total).toBe(2)
    expect((await ask(snapshot, { q: 'name 1' }, ['*'])).page.total).toBe(6)
  })

  it('is cached for a thousand callers with different patterns on a long list', async () => {
    const snapshot = await snapshotOf(groups(5000))
    const patternsOf = (n: number) => [`library-${n}`, 'library-1*']
    for (let n = 0; n < 1000; n += 1) await list(snapshot, patternsOf(n))
    const again = async () => {
      for (let n = 0; n < 1000; n += 1) await list(snapshot, patternsOf(n))
    }
    expect(await iterationsDuring(again)).toBe(0)
  }, 60_000)
})
