import * as fc from 'fast-check'
import { createSnapshot, type Snapshot } from '../../src/face-groups/snapshot.js'
import { decodeSnapshot, encodeSnapshot } from '../../src/face-groups/snapshot-codec.js'
import { groups as anyGroups, sampleGroup, snapshotOf } from './fixtures.js'

const group = sampleGroup({ id: 'id' })
const documentOf = (...groups: unknown[]) => ({ upstreamRequestId: null, groups })
const { name: _, ...nameless } = group

describe('the bytes of a snapshot', () => {
  it('are one JSON document', async () => {
    const snapshot = await createSnapshot({ groups: [group, { ...group, id: null }], upstreamRequestId: 'call "1"' })
    expect(JSON.parse((await encodeSnapshot(snapshot)).toString())).toEqual({
      upstreamRequestId: 'call "1"',
      groups: [group, { ...group, id: null }],
    })
  })

  it('decode to an equal snapshot', async () => {
    await fc.assert(
      fc.asyncProperty(anyGroups, fc.option(fc.string()), async (groups, upstreamRequestId) => {
        const decoded = await decodeSnapshot(await encodeSnapshot(await createSnapshot({ groups, upstreamRequestId })))
        expect(decoded.groups).toEqual(groups)
        expect(decoded.upstreamRequestId).toBe(upstreamRequestId)
      }),
    )
  })

  it('decode to an equal snapshot of more groups than one chunk has', async () => {
    const groups = Array.from({ length: 2500 }, (_, at) => sampleGroup({ id: `id ${at}` }))
    const bytes = await encodeSnapshot(await snapshotOf(groups))
    expect((await decodeSnapshot(bytes)).groups).toEqual(groups)
  })

  it('decode to a snapshot that keeps the previous pages if no group changed', async () => {
    const groups = Array.from({ length: 600 }, (_, at) => sampleGroup({ id: `id ${at}` }))
    const previous = await snapshotOf(groups)
    const same = await decodeSnapshot(await encodeSnapshot(await snapshotOf(groups)), previous)
    expect(same.one('id 3', null)).toBe(previous.one('id 3', null))
    const changed = await snapshotOf(groups.with(300, sampleGroup({ id: 'another' })))
    expect((await decodeSnapshot(await encodeSnapshot(changed), previous)).groups).toEqual(changed.groups)
  })

  it.each([
    ['another shape', []],
    ['null', null],
    ['no request id', { groups: [] }],
    ['a request id that is not a string', { ...documentOf(), upstreamRequestId: 7 }],
    ['no groups', { upstreamRequestId: null }],
    ['groups that are not a list', { upstreamRequestId: null, groups: {} }],
  ])('are rejected if they contain %s', async (_what, document) => {
    await expect(decode(JSON.stringify(document))).rejects.toThrow()
  })

  it.each([
    ['no object', null],
    ['a row of the previous format', ['id', 'name', '', 's21', null]],
    ['a group without a name', nameless],
    ['an id that is not a string', { ...group, id: 7 }],
    ['a name that is not a string', { ...group, name: null }],
    ['a description that is not a string', { ...group, description: null }],
    ['a model version that is not a string', { ...group, modelVersion: null }],
    ['a time that does not exist', { ...group, createdAt: '2026-13-01T00:00:00Z' }],
    ['a time not in UTC', { ...group, createdAt: '2026-01-01T00:00:00+08:00' }],
  ])('are rejected if a group is %s', async (_what, record) => {
    await expect(decode(JSON.stringify(documentOf(group, record)))).rejects.toThrow()
  })

  it('are accepted without unknown fields', async () => {
    const decoded = await decode(JSON.stringify({ ...documentOf({ ...group, secret: 1 }), version: 7 }))
    expect(decoded.groups).toEqual([group])
  })

  it('are rejected if they are not UTF-8', async () => {
    const bytes = await encodeSnapshot(await snapshotOf([sampleGroup({ name: 'é' })]))
    bytes[bytes.indexOf(0xc3)] = 0xff
    await expect(decodeSnapshot(bytes)).rejects.toThrow()
  })

  it('are rejected if truncated anywhere', async () => {
    const bytes = await encodeSnapshot(await snapshotOf([sampleGroup()]))
    for (let length = 0; length < bytes.length; length++) {
      await expect(decodeSnapshot(bytes.subarray(0, length))).rejects.toThrow()
    }
  })

  it.each([
    ['no JSON', 'secret!'],
    ['another shape', JSON.stringify({ secret: 'secret', groups: 'secret', upstreamRequestId: ['secret'] })],
    ['a wrong group', JSON.stringify(documentOf({ id: 'secret', secret: 'secret', name: 7, createdAt: 'secret' }))],
  ])('are not quoted by the error about %s', async (_what, text) => {
    await expect(decode(text)).rejects.toThrow(/^((?!secret).)*$/s)
  })
})

/** The rows of the previous release, which began with a line about the format. */
it('a document of the previous release is rejected', async () => {
  const rows = '["face-groups/1",null,1]\n["id","name","","s21",null]\n'
  await expect(decode(rows)).rejects.toThrow()
})

async function decode(text: string): Promise<Snapshot> {
  return decodeSnapshot(Buffer.from(text))
}
