import { defaultListQuery, parseListQuery } from '../../src/face-groups/query.js'
import type { Snapshot } from '../../src/face-groups/snapshot.js'
import { snapshotOf, sampleGroup } from './fixtures.js'

const groups = (count: number) =>
  Array.from({ length: count }, (_, at) => sampleGroup({ id: `library-${at}`, name: `Name ${at % 7}` }))

const byName = (() => {
  const parsed = parseListQuery('?sort=name')
  if (!parsed.ok) throw new Error('a sort that is not known')
  return parsed.query
})()

/** None of the patterns can be passed over by how it begins or ends. */
const hard = (count: number, word: string) => Array.from({ length: count }, (_, n) => `*b*r*${word}*${n}*`)

/** How many turns the event loop takes until `work` is done. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0
  let isDone = false
  const count = () => {
    turns += 1
    if (!isDone) setImmediate(count)
  }
  setImmediate(count)
  await work
  isDone = true
  return turns
}

const totalOf = (snapshot: Snapshot, patterns: readonly string[]) =>
  (JSON.parse(snapshot.list(defaultListQuery, patterns).body.toString()) as { page: { total: number } }).page.total

describe('a list for callers who may see a part of it', () => {
  it('lets the event loop turn while it is found out what they may see', async () => {
    const snapshot = snapshotOf(groups(20_000))
    const patterns = [...hard(200, 'none'), 'library-19*']
    const ready = snapshot.ready(defaultListQuery, patterns)
    expect(ready).not.toBeNull()
    expect(await turnsDuring(Promise.resolve(ready))).toBeGreaterThan(10)
    expect(totalOf(snapshot, patterns)).toBe(1111)
  })

  it('takes as many turns for many callers together as for each of them, one after the other', async () => {
    const snapshot = snapshotOf(groups(5000))
    const one = await turnsDuring(Promise.resolve(snapshot.ready(defaultListQuery, hard(200, 'zero'))))
    const all = Array.from({ length: 8 }, (_, n) => snapshot.ready(defaultListQuery, hard(200, `word-${n}`)))
    const order: number[] = []
    const turns = await turnsDuring(
      Promise.all(all.map(async (ready, n) => Promise.resolve(ready).then(() => void order.push(n)))),
    )
    expect(turns).toBeGreaterThan(one)
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })

  it('is ready at any time for who may see all, and for all who may see the same once one of them was waited for', async () => {
    const snapshot = snapshotOf(groups(500))
    expect(snapshot.ready(defaultListQuery, null)).toBeNull()
    const waiting = snapshot.ready(defaultListQuery, ['library-1*', 'library-2'])
    expect(snapshot.ready(defaultListQuery, ['library-2', 'library-1*'])).toBe(waiting)
    await waiting
    expect(snapshot.ready(defaultListQuery, ['library-2', 'library-1*'])).toBeNull()
    expect(snapshot.ready(defaultListQuery, ['library-2'])).not.toBeNull()
    await snapshot.ready(byName, ['library-2', 'library-1*'])
    expect(snapshot.ready(byName, ['library-2', 'library-1*'])).toBeNull()
  })

  it('says the same whether or not it was waited for', async () => {
    const patterns = ['library-1*9', '*-7', 'library-33']
    const [waited, asked] = [snapshotOf(groups(500)), snapshotOf(groups(500))]
    await waited.ready(byName, patterns)
    expect(waited.list(byName, patterns).body.toString()).toBe(asked.list(byName, patterns).body.toString())
    expect(totalOf(waited, patterns)).toBe(13)
  })

  it('stays ready for a thousand callers with different sight of a long list', async () => {
    const snapshot = snapshotOf(groups(5000))
    const patternsOf = (n: number) => [`library-${n}`, 'library-1*']
    for (let n = 0; n < 1000; n += 1) await snapshot.ready(defaultListQuery, patternsOf(n))
    const late = Array.from({ length: 1000 }, (_, n) => snapshot.ready(defaultListQuery, patternsOf(n)))
    expect(late.filter((ready) => ready !== null)).toEqual([])
  })
})
