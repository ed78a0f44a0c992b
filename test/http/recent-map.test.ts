import { createRecentMap } from '../../src/http/recent-map.js'

describe('a memory of what was used most recently', () => {
  it('never holds more than its bound', () => {
    const map = createRecentMap<number>({ maxEntries: 10 })
    for (let n = 0; n < 1000; n++) {
      map.set(`key-${n}`, n)
      map.get(`key-${n - 7}`)
      expect(map.size).toBeLessThanOrEqual(10)
    }
  })

  it('keeps what is read between and drops what is not', () => {
    const map = createRecentMap<string>({ maxEntries: 10 })
    map.set('read', 'kept')
    map.set('unread', 'dropped')
    for (let n = 0; n < 100; n++) {
      map.set(`key-${n}`, 'x')
      map.get('read')
    }
    expect([map.get('read'), map.get('unread')]).toEqual(['kept', undefined])
  })

  it('holds the newest value of a key, whichever generation had an older one', () => {
    const map = createRecentMap<number>({ maxEntries: 4 })
    map.set('a', 1)
    map.set('b', 1)
    map.set('c', 1)
    map.set('a', 2)
    map.set('d', 1)
    expect(map.get('a')).toBe(2)
  })

  it('never weighs more than its bound, and forgets the longest unused', () => {
    const map = createRecentMap<string>({
      maxEntries: 1000,
      maxWeight: 100,
      weigh: (value, key) => value.length + key.length,
    })
    const held = () =>
      Array.from({ length: 100 }, (_, n) => map.get(`${n + 100}`)).filter((value) => value !== undefined)
    for (let n = 0; n < 100; n++) map.set(`${n + 100}`, 'x'.repeat(7))
    expect(held().length).toBeLessThanOrEqual(10)
    expect(held().length).toBeGreaterThanOrEqual(5)
    expect([map.get('100'), map.get('199')]).toEqual([undefined, 'x'.repeat(7)])
  })

  it('weighs a key once, however often it is set or deleted', () => {
    const map = createRecentMap<string>({ maxEntries: 1000, maxWeight: 100, weigh: (value) => value.length })
    map.set('kept', 'x'.repeat(10))
    for (let n = 0; n < 50; n++) map.set('same', 'x'.repeat(10))
    for (let n = 0; n < 50; n++) {
      map.set(`gone ${n}`, 'x'.repeat(10))
      map.delete(`gone ${n}`)
    }
    expect([map.get('kept'), map.size]).toEqual(['x'.repeat(10), 2])
  })

  it('keeps even what is heavier than its bound, until the next comes', () => {
    const map = createRecentMap<string>({ maxEntries: 10, maxWeight: 10, weigh: (value) => value.length })
    map.set('heavy', 'x'.repeat(50))
    expect(map.get('heavy')).toBe('x'.repeat(50))
    map.set('a', 'x')
    map.set('b', 'x')
    for (const key of ['c', 'd', 'e', 'f']) map.set(key, 'x')
    expect(map.get('heavy')).toBe(undefined)
  })

  it('forgets what is deleted', () => {
    const map = createRecentMap<number>({ maxEntries: 4 })
    for (const key of ['a', 'b', 'c']) map.set(key, 1)
    map.delete('a')
    map.delete('c')
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([undefined, 1, undefined])
  })
})
