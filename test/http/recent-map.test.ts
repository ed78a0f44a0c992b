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

  it('forgets what is deleted', () => {
    const map = createRecentMap<number>({ maxEntries: 4 })
    for (const key of ['a', 'b', 'c']) map.set(key, 1)
    map.delete('a')
    map.delete('c')
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([undefined, 1, undefined])
  })
})
