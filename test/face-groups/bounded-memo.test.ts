import { createBoundedMemo } from '../../src/face-groups/bounded-memo.js'

function memoOf(maxWeight: number) {
  const memo = createBoundedMemo<number>({ maxWeight, weigh: (value) => value })
  const made: string[] = []
  const get = (key: string, value: number) =>
    memo.get(key, () => {
      made.push(key)
      return value
    })
  return { get, made }
}

describe('a bounded memo', () => {
  it('makes a value once', () => {
    const { get, made } = memoOf(100)
    expect([get('a', 10), get('a', 99)]).toEqual([10, 10])
    expect(made).toEqual(['a'])
  })

  it('forgets what was used least recently', () => {
    const { get, made } = memoOf(24)
    for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) get(key, 10)
    expect(made).toEqual(['a', 'b', 'c', 'b'])
  })

  it('does not forget everything for the sake of one that is too heavy', () => {
    const { get, made } = memoOf(24)
    get('a', 10)
    get('heavy', 1000)
    get('a', 10)
    expect(made).toEqual(['a', 'heavy'])
  })
})
