import * as fc from 'fast-check'
import { decodeSnapshot, encodeSnapshot } from '../../src/face-groups/snapshot-codec.js'
import { createSnapshot } from '../../src/face-groups/snapshot.js'
import { groups as anyGroups } from './arbitrary-groups.js'
import { snapshotOf } from './ask.js'
import { sampleGroup } from './sample-group.js'

const row = ['id', 'name', '', 's21', null]

describe('the bytes of a snapshot', () => {
  it('read back to an equal snapshot', () => {
    fc.assert(
      fc.property(anyGroups, fc.option(fc.string()), (groups, upstreamRequestId) => {
        const read = decodeSnapshot(encodeSnapshot(createSnapshot({ groups, upstreamRequestId })))
        expect(read.groups).toEqual(groups)
        expect(read.upstreamRequestId).toBe(upstreamRequestId)
        expect(read.size).toBe(groups.length)
      }),
    )
  })

  it.each([
    ['nothing', ''],
    ['no JSON', 'hello'],
    ['another shape', '{"groups":[]}'],
    ['another format', JSON.stringify(['face-groups/0', null, []])],
    ['a request id that is no text', JSON.stringify(['face-groups/1', 7, []])],
    ['no list', JSON.stringify(['face-groups/1', null, {}])],
    ['a row too short', JSON.stringify(['face-groups/1', null, [row.slice(1)]])],
    ['a name that is no text', JSON.stringify(['face-groups/1', null, [row.with(1, null)]])],
    ['a date that is none', JSON.stringify(['face-groups/1', null, [row.with(4, '2026-13-01T00:00:00Z')]])],
    ['a date not in UTC', JSON.stringify(['face-groups/1', null, [row.with(4, '2026-01-01T00:00:00+08:00')]])],
  ])('are refused when they hold %s', (_what, text) => {
    expect(() => decodeSnapshot(Buffer.from(text))).toThrow(/snapshot/)
  })

  it('are refused when they are not UTF-8', () => {
    const bytes = encodeSnapshot(snapshotOf([sampleGroup({ name: 'é' })]))
    bytes[bytes.indexOf(0xc3)] = 0xff
    expect(() => decodeSnapshot(bytes)).toThrow('the snapshot is not JSON')
  })

  it('are refused when cut off anywhere', () => {
    const bytes = encodeSnapshot(snapshotOf([sampleGroup()]))
    for (let length = 0; length < bytes.length; length++)
      expect(() => decodeSnapshot(bytes.subarray(0, length))).toThrow()
  })

  it('are not quoted by the error', () => {
    expect(() => decodeSnapshot(Buffer.from('secret!'))).toThrow(/^the snapshot is not JSON$/)
  })
})
