import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { defaultListQuery, parseListQuery } from '../../src/face-groups/query.js'
import { createSnapshot } from '../../src/face-groups/snapshot.js'
import { atOnce } from '../../src/face-groups/steps.js'
import { ask, listOf, snapshotOf, sampleGroup } from './fixtures.js'

const many = Array.from({ length: 200 }, (_, at) => sampleGroup({ id: `id ${at}`, name: `Name ${at % 7}` }))

function queryOf(search: string) {
  const parsed = parseListQuery(search)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults))
  return parsed.query
}

describe('a snapshot', () => {
  it('writes the list as the contract shows it', () => {
    const { body } = snapshotOf([sampleGroup()]).list(defaultListQuery, null)
    expect(body.toString()).toBe(
      '{"data":[{"id":"Finauth_test_001","name":"TestUserSet001","description":"","modelVersion":"s21",' +
        '"createdAt":"2026-01-27T06:19:01Z"}],"page":{"limit":100,"total":1,"nextCursor":null}}',
    )
  })

  it('gives equal bytes and tags for equal groups, whatever call produced them', () => {
    const one = atOnce(createSnapshot({ groups: listOf(many), upstreamRequestId: 'first' })).list(
      defaultListQuery,
      null,
    )
    const other = atOnce(createSnapshot({ groups: listOf(structuredClone(many)), upstreamRequestId: 'second' })).list(
      defaultListQuery,
      null,
    )
    expect(other.body.equals(one.body)).toBe(true)
    expect(other.etag).toBe(one.etag)
  })

  it('gives another tag once a group changed', () => {
    const changed = [...many.slice(1), sampleGroup({ description: 'changed' })]
    expect(snapshotOf(changed).list(defaultListQuery, null).etag).not.toBe(
      snapshotOf(many).list(defaultListQuery, null).etag,
    )
  })

  it('makes an answer once and gives the same one again', () => {
    const snapshot = snapshotOf(many)
    const search = 'q=name&sort=-name&limit=10'
    expect(snapshot.list(queryOf(search), null)).toBe(snapshot.list(queryOf(search), null))
    expect(snapshot.list(queryOf(search), ['id 1*'])).toBe(snapshot.list(queryOf(search), ['id 1*', 'id 1*']))
    expect(snapshot.list(defaultListQuery, null)).toBe(snapshot.list(defaultListQuery, null))
    expect(snapshot.one('id 7', null)).toBe(snapshot.one('id 7', null))
  })

  it('keeps callers with different sight apart', () => {
    const snapshot = snapshotOf(many)
    expect(ask(snapshot, {}, ['id 1']).page.total).toBe(1)
    expect(ask(snapshot, {}, ['id 2*']).page.total).toBe(11)
    expect(ask(snapshot, {}, []).page.total).toBe(0)
    expect(ask(snapshot, {}, null).page.total).toBe(200)
  })

  it('keeps the answers of its predecessor while no group changes', () => {
    const previous = atOnce(createSnapshot({ groups: listOf(many), upstreamRequestId: 'first' }))
    const answer = previous.list(defaultListQuery, null)
    const next = atOnce(
      createSnapshot({ groups: listOf(structuredClone(many)), upstreamRequestId: 'second', previous }),
    )
    expect(next.list(defaultListQuery, null)).toBe(answer)
    expect(next.upstreamRequestId).toBe('second')
  })

  it('keeps no answer of its predecessor once a group changed', () => {
    const previous = snapshotOf(many)
    const groups = many.map((group, at) => (at === 3 ? { ...group, description: 'new' } : group))
    expect(
      atOnce(createSnapshot({ groups: listOf(groups), upstreamRequestId: null, previous }))
        .one('id 3', null)
        ?.body.toString(),
    ).toContain('"new"')
  })

  it('has ready what its predecessor came to need', () => {
    const previous = snapshotOf(many)
    ask(previous, { sort: '-name', q: 'x' })
    previous.one('id 3', null)
    const next = atOnce(createSnapshot({ groups: listOf(many.slice(1)), upstreamRequestId: null, previous }))
    expect(next.needs()).toEqual(previous.needs())
    expect(next.needs().sorts.length).toBe(2)
    expect(next.needs()).toMatchObject({ text: true, ids: true })
  })
})

describe('one group', () => {
  it.each(['a/b', '50 %', '%2F', ' ', '👩🏽‍🔬', 'x'.repeat(1024), '__proto__'])('is found by the id %j', (id) => {
    const answer = snapshotOf([...many, sampleGroup({ id })]).one(id, null)
    expect(JSON.parse(answer?.body.toString() ?? 'null')).toEqual(sampleGroup({ id }))
  })

  it('is not there for a caller who may not see it', () => {
    const snapshot = snapshotOf(many)
    expect(snapshot.one('id 7', null)).not.toBeNull()
    expect(snapshot.one('id 7', ['id 8'])).toBeNull()
    expect(snapshot.one('id 7', ['id *'])).not.toBeNull()
  })

  it('is the first of those that share the id', () => {
    const snapshot = snapshotOf([sampleGroup({ name: 'first' }), sampleGroup({ name: 'second' })])
    expect(snapshot.one('Finauth_test_001', null)?.body.toString()).toContain('first')
  })

  it('has an id: those without are only in the list', () => {
    expect(snapshotOf([sampleGroup({ id: null })]).one('', null)).toBeNull()
  })
})

describe('an encoded answer', () => {
  it('decompresses to the same bytes, under a tag of its own', () => {
    const answer = snapshotOf(many).list(defaultListQuery, null)
    const gzip = answer.encoded('gzip')
    const br = answer.encoded('br')
    expect(gunzipSync(gzip.body).equals(answer.body)).toBe(true)
    expect(brotliDecompressSync(br.body).equals(answer.body)).toBe(true)
    expect([gzip.coding, br.coding]).toEqual(['gzip', 'br'])
    expect([gzip.etag, br.etag]).toEqual([answer.etag.replace(/"$/, '-gzip"'), answer.etag.replace(/"$/, '-br"')])
  })

  it('is compressed once', () => {
    const answer = snapshotOf(many).list(defaultListQuery, null)
    expect(answer.encoded('br')).toBe(answer.encoded('br'))
  })

  it('stays as it is when it is tiny', () => {
    const answer = snapshotOf([sampleGroup()]).list(defaultListQuery, null)
    expect(answer.encoded('br')).toMatchObject({ coding: 'identity', etag: answer.etag })
    expect(answer.encoded('br').body).toBe(answer.body)
  })
})
