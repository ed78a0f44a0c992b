import { defaultListQuery } from '../../src/face-groups/query.js'
import { memoize } from '../../src/face-groups/select.js'
import { viewerOf } from '../../src/face-groups/visibility.js'

/** Caches at most two short results. */
function countCalls(make: (call: number) => Promise<string>) {
  let calls = 0
  const result = memoize(
    async () => make((calls += 1)),
    ({ length }) => length * 700_000,
  )
  return { ask: (limit: number) => result(requestOf(limit)), calls: () => calls }
}

const viewer = viewerOf(['a'])
const requestOf = (limit: number) => ({ query: { ...defaultListQuery, limit }, viewer })

describe('memoize', () => {
  it('makes a result once for concurrent and later requests', async () => {
    const { ask, calls } = countCalls(async (call) => `result ${call}`)
    expect(await Promise.all([ask(1), ask(2), ask(1)])).toEqual(['result 1', 'result 2', 'result 1'])
    expect([await ask(2), await ask(1)]).toEqual(['result 2', 'result 1'])
    expect(calls()).toBe(2)
  })

  it('evicts the least recently used result when it runs out of bytes', async () => {
    const { ask, calls } = countCalls(async (call) => `result ${call}`)
    for (const limit of [1, 2, 1, 3, 1]) await ask(limit)
    expect(calls()).toBe(3)
    expect(await ask(2)).toBe('result 4')
  })

  it('returns a result that is too large without evicting others', async () => {
    const { ask, calls } = countCalls(async (call) => 'x'.repeat(call === 2 ? 1000 : 1))
    await ask(1)
    expect(await ask(2)).toHaveLength(1000)
    await ask(1)
    expect(calls()).toBe(2)
  })

  it('returns a result that was evicted before it was ready', async () => {
    let finish = (_result: string) => {}
    const slow = new Promise<string>((resolve) => (finish = resolve))
    const { ask } = countCalls(async (call) => (call === 1 ? slow : `result ${call}`))
    const first = ask(1)
    for (const limit of [2, 3, 4]) await ask(limit)
    finish('result 1')
    expect(await first).toBe('result 1')
  })

  it('does not cache a failure', async () => {
    const { ask } = countCalls(async (call) => {
      if (call === 1) throw new Error('failed')
      return 'made'
    })
    const failures = await Promise.allSettled([ask(1), ask(1)])
    expect(failures.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(await ask(1)).toBe('made')
  })
})
