import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import type { FaceGroup } from '../../src/face-groups/face-group.js'
import { defaultListQuery } from '../../src/face-groups/query.js'
import type { Representation } from '../../src/face-groups/representation.js'
import { createSnapshot } from '../../src/face-groups/snapshot.js'
import { ask, queryOf, snapshotOf, sampleGroup } from './fixtures.js'

const many = Array.from({ length: 200 }, (_, at) => sampleGroup({ id: `id ${at}`, name: `Name ${at % 7}` }))

const defaultPageOf = async (groups: readonly FaceGroup[], upstreamRequestId: string | null = null) =>
  (await createSnapshot({ groups, upstreamRequestId })).list(defaultListQuery, null)

const etagOf = (page: Representation) => page.encoded('identity').etag

describe('a snapshot', () => {
  it('serializes the list as in the contract', async () => {
    const { body, count, nextSearch } = await defaultPageOf([sampleGroup()])
    expect(body.toString()).toBe(
      '{"data":[{"id":"Finauth_test_001","name":"TestUserSet001","description":"","modelVersion":"s21",' +
        '"createdAt":"2026-01-27T06:19:01Z"}],"page":{"limit":100,"total":1,"nextCursor":null}}',
    )
    expect([count, nextSearch]).toEqual([1, null])
  })

  it('keeps the groups in the vendor’s order, in a frozen array of its own', async () => {
    const given = many.slice()
    const { groups } = await snapshotOf(given)
    given.reverse()
    expect(groups).toEqual(many)
    expect(Object.isFrozen(groups)).toBe(true)
  })

  it('returns equal bytes and ETags for equal groups, whichever call returned them', async () => {
    const one = await defaultPageOf(many, 'first')
    const other = await defaultPageOf(structuredClone(many), 'second')
    expect(other.body.equals(one.body)).toBe(true)
    expect(etagOf(other)).toBe(etagOf(one))
    expect(etagOf(one)).toMatch(/^"[\w-]{24}"$/)
  })

  it('returns another ETag once a group changed', async () => {
    const changed = [...many.slice(1), sampleGroup({ description: 'changed' })]
    expect(etagOf(await defaultPageOf(changed))).not.toBe(etagOf(await defaultPageOf(many)))
  })

  it('renders a response once and returns the same one again', async () => {
    const snapshot = await snapshotOf(many)
    const search = 'q=name&sort=-name&limit=10'
    const page = (patterns: readonly string[] | null, query = queryOf(search)) => snapshot.list(query, patterns)
    expect(await page(null)).toBe(await page(null))
    expect(await page(['id 1*'])).toBe(await page(['id 1*', 'id 1*']))
    expect(await page(null, defaultListQuery)).toBe(await page(null, defaultListQuery))
    expect(snapshot.one('id 7', null)).toBe(snapshot.one('id 7', null))
    expect(snapshot.one('id 7', null)).not.toBe(snapshot.one('id 8', null))
  })

  it('returns a page that is too large to be cached', async () => {
    const huge = Array.from({ length: 9 }, (_, at) => sampleGroup({ id: `${at}`, description: 'x'.repeat(2 ** 20) }))
    const snapshot = await snapshotOf(huge)
    expect((await ask(snapshot)).data).toEqual(huge)
    expect(snapshot.one('3', null)?.body.toString()).toBe(JSON.stringify(huge[3]))
  })

  it('separates callers who may see different groups', async () => {
    const snapshot = await snapshotOf(many)
    expect((await ask(snapshot, {}, ['id 1'])).page.total).toBe(1)
    expect((await ask(snapshot, {}, ['id 2*'])).page.total).toBe(11)
    expect((await ask(snapshot, {}, [])).page.total).toBe(0)
    expect((await ask(snapshot, {}, null)).page.total).toBe(200)
  })

  it('keeps the responses of the previous snapshot while no group changes', async () => {
    const previous = await createSnapshot({ groups: many, upstreamRequestId: 'first' })
    const page = await previous.list(queryOf('sort=name'), null)
    const next = await createSnapshot({ groups: structuredClone(many), upstreamRequestId: 'second' }, previous)
    expect(await next.list(queryOf('sort=name'), null)).toBe(page)
    expect(next.groups).toBe(previous.groups)
    expect([previous.upstreamRequestId, next.upstreamRequestId]).toEqual(['first', 'second'])
  })

  it.each<[string, Partial<FaceGroup>]>([
    ['id', { id: null }],
    ['name', { name: 'new' }],
    ['description', { description: 'new' }],
    ['modelVersion', { modelVersion: 'new' }],
    ['createdAt', { createdAt: null }],
  ])('keeps no response of the previous snapshot once the %s of a group changed', async (_, change) => {
    const groups = many.with(150, { ...many[150]!, ...change })
    const previous = await snapshotOf(many)
    await ask(previous, { limit: 1000 })
    const next = await snapshotOf(groups, previous)
    expect(next.groups).toEqual(groups)
    expect((await ask(next, { limit: 1000, sort: 'createdAt' })).data).toContainEqual(groups[150])
  })

  it.each([
    ['shorter', many.slice(0, -1)],
    ['longer', [...many, sampleGroup({ id: 'new' })]],
    ['in another order', many.toReversed()],
  ])('keeps no response of the previous snapshot if the list is %s', async (_, groups) => {
    const previous = await snapshotOf(many)
    expect((await snapshotOf(groups, previous)).groups).toEqual(groups)
  })

  it('yields to the event loop after every thousand groups that it compares and indexes', async () => {
    const groups = Array.from({ length: 5000 }, (_, at) => sampleGroup({ id: `${at}` }))
    let iterations = 0
    const count = () => {
      iterations += 1
      counting = setImmediate(count)
    }
    let counting = setImmediate(count)
    const previous = await snapshotOf(groups)
    const indexed = iterations
    await snapshotOf(groups, previous)
    clearImmediate(counting)
    expect([indexed, iterations - indexed]).toEqual([4, 4])
  })
})

describe('one group', () => {
  it.each(['a/b', '50 %', '%2F', ' ', '👩🏽‍🔬', 'x'.repeat(1024), '__proto__'])('is found by the id %j', async (id) => {
    const found = (await snapshotOf([...many, sampleGroup({ id })])).one(id, null)
    expect(JSON.parse(found?.body.toString() ?? 'null')).toEqual(sampleGroup({ id }))
    expect(found).toMatchObject({ count: 1, nextSearch: null })
  })

  it('is hidden from a caller who may not see it', async () => {
    const snapshot = await snapshotOf(many)
    expect(snapshot.one('id 7', null)).not.toBeNull()
    expect(snapshot.one('id 7', ['id 8'])).toBeNull()
    expect(snapshot.one('id 7', [])).toBeNull()
    expect(snapshot.one('id 7', ['id *'])).not.toBeNull()
    expect(snapshot.one('id 777', null)).toBeNull()
  })

  it('is the first of those with the same id', async () => {
    const snapshot = await snapshotOf([sampleGroup({ name: 'first' }), sampleGroup({ name: 'second' })])
    expect(snapshot.one('Finauth_test_001', null)?.body.toString()).toContain('first')
  })

  it('requires an id: groups without one are only in the list', async () => {
    const snapshot = await snapshotOf([sampleGroup({ id: null })])
    expect(snapshot.one('', null)).toBeNull()
    expect(snapshot.one('null', null)).toBeNull()
  })
})

describe('an encoded response', () => {
  it('decompresses to the same bytes, under its own ETag', async () => {
    const page = await defaultPageOf(many)
    const gzip = page.encoded('gzip')
    const br = page.encoded('br')
    expect(gunzipSync(gzip.body).equals(page.body)).toBe(true)
    expect(brotliDecompressSync(br.body).equals(page.body)).toBe(true)
    expect([gzip.coding, br.coding]).toEqual(['gzip', 'br'])
    const identity = page.encoded('identity')
    expect(gzip.etag).toBe(identity.etag.replace(/"$/, '-gzip"'))
    expect(br.etag).toBe(identity.etag.replace(/"$/, '-br"'))
    expect(identity.coding).toBe('identity')
    expect(identity.body.toString()).toBe(page.body.toString())
  })

  it('is compressed once', async () => {
    const page = await defaultPageOf(many)
    expect(page.encoded('br')).toBe(page.encoded('br'))
    expect(page.encoded('gzip')).toBe(page.encoded('gzip'))
  })

  it('is a string up to 4096 bytes if it is not compressed', async () => {
    const empty = (await defaultPageOf([sampleGroup()])).body.length
    const bodyOf = async (bytes: number) => {
      const page = await defaultPageOf([sampleGroup({ description: 'x'.repeat(bytes - empty) })])
      return page.encoded('identity').body
    }
    expect(typeof (await bodyOf(4096))).toBe('string')
    expect(Buffer.isBuffer(await bodyOf(4097))).toBe(true)
  })

  it('is not compressed below 1024 bytes', async () => {
    const empty = (await defaultPageOf([sampleGroup()])).body.length
    const pageOf = (bytes: number) => defaultPageOf([sampleGroup({ description: 'x'.repeat(bytes - empty) })])
    const small = await pageOf(1023)
    expect(small.encoded('br')).toBe(small.encoded('identity'))
    expect((await pageOf(1024)).encoded('gzip').coding).toBe('gzip')
  })
})
