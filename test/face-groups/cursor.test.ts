import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { decodeCursor, encodeCursor } from '../../src/face-groups/page.js'
import { parseListQuery } from '../../src/face-groups/query.js'

const cursor = {
  sort: { field: 'name', descending: true },
  key: 'Straße 👩🏽‍🔬',
  delivered: 2,
  seen: ['abcdefgh', '-_345678'],
} as const

const digests = (count: number) => 'abcdefgh'.repeat(count)

/** With a valid checksum, so that only its content can be wrong. */
function forge(head: unknown, seen = digests(1)): string {
  const text = typeof head === 'string' ? head : JSON.stringify(head)
  const body = `${Buffer.from(text).toString('base64url')}.${seen}`
  return `${body}.${createHash('sha256').update(body).digest('base64url').slice(0, 6)}`
}

describe('a cursor', () => {
  it('decodes to what was encoded, and needs no escaping in a URL', () => {
    const text = encodeCursor(cursor)
    expect(decodeCursor(text)).toEqual(cursor)
    expect(encodeURIComponent(text)).toBe(text)
  })

  it.each<[string, unknown, number, number]>([
    ['-createdAt', -1, 1, 1],
    ['createdAt', null, 1, 1],
    ['id', null, 2, 2],
    ['-id', '', 1, 1],
    ['name', 'x'.repeat(1024), 64, 64],
    ['name', 'a', 65, 64],
  ])('is accepted for the sort %s, a key, and %3$i delivered', (sort, key, delivered, seen) => {
    expect(decodeCursor(forge([sort, key, delivered], digests(seen)))).toMatchObject({ key, delivered })
  })

  it.each([
    ['nothing', ''],
    ['no JSON', forge('abc')],
    ['another shape', forge({ sort: 'name' })],
    ['a text', forge('"name"')],
    ['a sort that is no text', forge([['name'], 'a', 1])],
    ['an unknown sort', forge(['colour', 'a', 1])],
    ['a text for a time', forge(['createdAt', 'a', 1])],
    ['half a millisecond', forge(['createdAt', 1.5, 1])],
    ['a number for a text', forge(['name', 1, 1])],
    ['no key where there must be one', forge(['name', null, 1])],
    ['a key that is too long', forge(['name', 'x'.repeat(1025), 1])],
    ['an id that is too long', forge(['id', 'x'.repeat(1025), 1])],
    ['one element too many', forge(['name', 'a', 1, 1])],
    ['one element too few', forge(['name', 'a'])],
    ['a count that is no number', forge(['name', 'a', '1'])],
    ['too small a count', forge(['name', 'a', 0])],
    ['a smaller count than digests', forge(['name', 'a', 63], digests(64))],
    ['a larger count than digests', forge(['name', 'a', 2])],
    ['half a group', forge(['name', 'a', 64.5], digests(64))],
    ['a truncated digest', forge(['name', 'a', 1], 'abcdefg')],
    ['no digest', forge(['name', 'a', 0], '')],
    ['too many digests', forge(['name', 'a', 65], digests(65))],
    ['another spelling of the same', encodeCursor(cursor).replace('.', '=.')],
    ['spaces in the JSON', forge('["name", "a", 1]')],
    ['a wrong checksum', `${forge(['name', 'a', 1]).slice(0, -6)}aaaaaa`],
    ['more than 10,000 characters', forge(['name', 'a'.repeat(10_000), 1])],
  ])('is rejected if it contains %s', (_what, text) => {
    expect(decodeCursor(text)).toBeUndefined()
  })

  it('is rejected without an exception, whatever the text', () => {
    const almost = fc
      .tuple(fc.json(), fc.stringMatching(/^[\w-]{0,32}$/))
      .map(([json, seen]) => forge(JSON.parse(json), seen))
    fc.assert(fc.property(fc.oneof(fc.string(), fc.base64String(), almost), (text) => decodeCursor(text) === undefined))
  })

  it('belongs to its sort', () => {
    const parsed = parseListQuery(`cursor=${encodeCursor(cursor)}&sort=name`)
    expect(parsed).toEqual([{ parameter: 'cursor', detail: 'was made for sort=-name, not for sort=name' }])
    expect(parseListQuery(`cursor=${encodeCursor(cursor)}&sort=-name`)).toMatchObject({ cursor })
    const invalidSort = parseListQuery(`cursor=${encodeCursor(cursor)}&sort=age`)
    expect(invalidSort).toEqual([expect.objectContaining({ parameter: 'sort' })])
  })
})
