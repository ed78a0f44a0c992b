import * as fc from 'fast-check'
import type { FaceGroup } from '../../src/face-groups/face-group.js'
import { createSnapshot, type Snapshot } from '../../src/face-groups/snapshot.js'
import { decodeSnapshot, encodeSnapshot } from '../../src/face-groups/snapshot-codec.js'
import { atOnce } from '../../src/face-groups/steps.js'
import { groups as anyGroups, groupsOf, listOf, snapshotOf, sampleGroup } from './fixtures.js'

const head = JSON.stringify(['face-groups/1', null, 1])
const row = ['id', 'name', '', 's21', null]

describe('the bytes of a snapshot', () => {
  it('read back to an equal snapshot', () => {
    fc.assert(
      fc.property(anyGroups, fc.option(fc.string()), (groups, upstreamRequestId) => {
        const read = readBack(groups, upstreamRequestId)
        expect(groupsOf(read.groups)).toEqual(groups)
        expect(read.upstreamRequestId).toBe(upstreamRequestId)
        expect(read.size).toBe(groups.length)
      }),
    )
  })

  it('read back to an equal snapshot of more groups than one line holds', () => {
    const groups = Array.from({ length: 1000 }, (_, at) => sampleGroup({ id: `id ${at}` }))
    expect(groupsOf(readBack(groups, null).groups)).toEqual(groups)
  })

  it('share what did not change with the snapshot before when they are read', () => {
    const groups = Array.from({ length: 600 }, (_, at) => sampleGroup({ id: `id ${at}` }))
    const before = snapshotOf(groups)
    const pieces = encodeSnapshot(snapshotOf(groups.with(300, sampleGroup({ id: 'another' }))))
    const { blocks } = atOnce(decodeSnapshot(pieces, before)).groups
    expect(blocks.map((block, at) => block === before.groups.blocks[at])).toEqual([true, false, true])
  })

  it.each([
    ['nothing', ''],
    ['no JSON', 'hello\n'],
    ['another shape', '{"groups":[]}\n'],
    ['another format', `${JSON.stringify(['face-groups/0', null, 0])}\n`],
    ['a request id that is no text', `${JSON.stringify(['face-groups/1', 7, 0])}\n`],
    ['no list', `${head}\n{}\n`],
    ['no line', `${head}\n`],
    ['less than no group', `${JSON.stringify(['face-groups/1', null, -1])}\n`],
    ['half a group', `${JSON.stringify(['face-groups/1', null, 0.5])}\n`],
    ['a number that is none', `${JSON.stringify(['face-groups/1', null, '0'])}\n`],
    ['more groups than can be', `${JSON.stringify(['face-groups/1', null, 4e9])}\n`],
    ['fewer groups than it says', `${JSON.stringify(['face-groups/1', null, 2])}\n${JSON.stringify(row)}\n`],
    ['more groups than it says', `${head}\n${JSON.stringify(row)}\n${JSON.stringify(row)}\n`],
    ['a row too short', `${head}\n${JSON.stringify(row.slice(1))}\n`],
    ['a name that is no text', `${head}\n${JSON.stringify(row.with(1, null))}\n`],
    ['a date that is none', `${head}\n${JSON.stringify(row.with(4, '2026-13-01T00:00:00Z'))}\n`],
    ['a date not in UTC', `${head}\n${JSON.stringify(row.with(4, '2026-01-01T00:00:00+08:00'))}\n`],
  ])('are refused when they hold %s', (_what, text) => {
    expect(() => decode(Buffer.from(text))).toThrow(/snapshot|group|JSON/)
  })

  it('are refused when they are not UTF-8', () => {
    const bytes = Buffer.concat(encodeSnapshot(snapshotOf([sampleGroup({ name: 'é' })])))
    bytes[bytes.indexOf(0xc3)] = 0xff
    expect(() => decode(bytes)).toThrow('the bytes are not JSON')
  })

  it('are refused when cut off anywhere', () => {
    const bytes = Buffer.concat(encodeSnapshot(snapshotOf([sampleGroup()])))
    for (let length = 0; length < bytes.length; length++) expect(() => decode(bytes.subarray(0, length))).toThrow()
  })

  it('are not quoted by the error', () => {
    expect(() => decode(Buffer.from('secret!\n'))).toThrow(/^the bytes are not JSON$/)
  })
})

function readBack(groups: readonly FaceGroup[], upstreamRequestId: string | null): Snapshot {
  const snapshot = atOnce(createSnapshot({ groups: listOf(groups), upstreamRequestId }))
  return decode(Buffer.concat(encodeSnapshot(snapshot)))
}

function decode(bytes: Buffer): Snapshot {
  // In pieces that end in the middle of things.
  const middle = bytes.length >> 1
  return atOnce(decodeSnapshot([bytes.subarray(0, middle), bytes.subarray(middle)]))
}
