import * as fc from 'fast-check'
import { decodeCursor, encodeCursor } from '../../src/face-groups/cursor.js'
import { parseListQuery } from '../../src/face-groups/query.js'

const cursor = {
  sort: { field: 'name', descending: true },
  key: 'Straße 👩🏽‍🔬',
  delivered: 2,
  seen: ['abcdefgh', '-_345678'],
} as const

const forge = (head: unknown, seen = 'abcdefgh') => `${Buffer.from(JSON.stringify(head)).toString('base64url')}.${seen}`

describe('a cursor', () => {
  it('reads back to what was written, and needs no escaping in a URL', () => {
    const text = encodeCursor(cursor)
    expect(decodeCursor(text)).toEqual(cursor)
    expect(encodeURIComponent(text)).toBe(text)
  })

  it.each([
    ['nothing', ''],
    ['no JSON', 'abc.abcdefgh'],
    ['another shape', forge({ sort: 'name' })],
    ['an unknown sort', forge(['colour', 'a', 1])],
    ['a key of another kind', forge(['createdAt', 'a', 1])],
    ['a key where none can be', forge(['name', null, 1])],
    ['a key that is too long', forge(['name', 'x'.repeat(1025), 1])],
    ['too small a count', forge(['name', 'a', 0])],
    ['a count that the digests belie', forge(['name', 'a', 2])],
    ['a broken digest', forge(['name', 'a', 1], 'abcdefg')],
    ['too many digests', forge(['name', 'a', 65], 'abcdefgh'.repeat(65))],
    ['another spelling of the same', encodeCursor(cursor).replace('.', '=.')],
    ['spaces in the JSON', `${Buffer.from('["name", "a", 1]').toString('base64url')}.abcdefgh`],
  ])('is refused when it holds %s', (_what, text) => {
    expect(decodeCursor(text)).toBeUndefined()
  })

  it('is refused, not crashed on, whatever the text', () => {
    const almost = fc
      .tuple(fc.json(), fc.stringMatching(/^[\w-]{0,32}$/))
      .map(([json, seen]) => forge(JSON.parse(json), seen))
    fc.assert(fc.property(fc.oneof(fc.string(), fc.base64String(), almost), (text) => decodeCursor(text) === undefined))
  })

  it('belongs to its sort', () => {
    const parsed = parseListQuery(`cursor=${encodeCursor(cursor)}&sort=name`)
    expect(parsed).toEqual({
      ok: false,
      faults: [{ parameter: 'cursor', detail: 'was made for sort=-name, not for sort=name' }],
    })
    expect(parseListQuery(`cursor=${encodeCursor(cursor)}&sort=-name`).ok).toBe(true)
  })
})
