import { Buffer } from 'node:buffer'
import { linesOf, readGroups } from '../../src/face-groups/group-list.js'
import { atOnce } from '../../src/face-groups/steps.js'
import { groupsOf, listOf } from './ask.js'
import { sampleGroup } from './sample-group.js'

const many = Array.from({ length: 5000 }, (_, at) =>
  sampleGroup({
    id: at % 7 === 0 ? null : `id ${at}`,
    modelVersion: `s${at % 3}`,
    createdAt: at % 5 === 0 ? null : '2026-01-27T06:19:01Z',
  }),
)

describe('a long list', () => {
  it('gives each group, and what it is searched and sorted by', () => {
    const list = listOf(many)
    expect(list.length).toBe(5000)
    expect(groupsOf(list)).toEqual(many)
    expect(many.map((_, at) => list.idAt(at))).toEqual(many.map(({ id }) => id))
    expect(many.map((_, at) => list.modelVersionAt(at))).toEqual(many.map(({ modelVersion }) => modelVersion))
    expect(many.map((_, at) => list.momentAt(at))).toEqual(
      many.map(({ createdAt }) => (createdAt === null ? Number.NaN : 1_769_494_741_000)),
    )
  })

  it('has the same pieces whether it was built or read', () => {
    const built = listOf(many)
    const text = Buffer.concat(built.pieces)
    const pieces = [text.subarray(0, 7), text.subarray(7, 300_000), text.subarray(300_000)]
    expect(atOnce(readGroups(linesOf(pieces), 5000)).pieces).toEqual(built.pieces)
  })

  it('is read with a pause every 64 lines', () => {
    expect([...readGroups(linesOf(listOf(many).pieces), 5000)]).toHaveLength(Math.floor(5000 / 64))
  })
})

describe('lines', () => {
  it('are found in pieces cut anywhere', () => {
    const text = Buffer.from('é\n\nthree\n')
    for (let length = 1; length <= text.length; length += 1) {
      const pieces = Array.from({ length: Math.ceil(text.length / length) }, (_, at) =>
        text.subarray(at * length, (at + 1) * length),
      )
      expect([...linesOf(pieces)].map(String)).toEqual(['é', '', 'three'])
    }
  })

  it('of nothing are none', () => {
    expect([...linesOf([])]).toEqual([])
  })

  it('are refused where the last one has no end', () => {
    expect(() => [...linesOf([Buffer.from('one\ntw'), Buffer.from('o')])]).toThrow('the last line is cut off')
  })
})
