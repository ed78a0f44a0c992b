import { Buffer } from 'node:buffer'
import { type GroupList, linesOf, readGroups } from '../../src/face-groups/group-list.js'
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

  it('has the same blocks whether it was built or read', () => {
    const built = listOf(many)
    const text = Buffer.concat(bytesOf(built))
    const pieces = [text.subarray(0, 7), text.subarray(7, 300_000), text.subarray(300_000)]
    expect(atOnce(readGroups(linesOf(pieces), { length: 5000, before: null })).blocks).toEqual(built.blocks)
  })

  it('is read with a pause every 64 lines', () => {
    const reading = readGroups(linesOf(bytesOf(listOf(many))), { length: 5000, before: null })
    expect([...reading]).toHaveLength(Math.floor(5000 / 64))
  })

  it.each([
    ['built', listOf],
    [
      'read',
      (groups: typeof many, before: GroupList) =>
        atOnce(readGroups(linesOf(bytesOf(listOf(groups))), { length: groups.length, before })),
    ],
  ])('shares the blocks that did not change with the one before it when it is %s', (_how, make) => {
    const before = listOf(many)
    const changed = many.with(300, { ...many[300]!, name: 'changed' }).slice(0, -1)
    const list = make(changed, before)
    expect(groupsOf(list)).toEqual(changed)
    const differing = list.blocks.flatMap((block, at) => (block === before.blocks[at] ? [] : [at]))
    expect(differing).toEqual([Math.floor(300 / 256), Math.floor(5000 / 256)])
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

function bytesOf({ blocks }: GroupList): Buffer[] {
  return blocks.map(({ bytes }) => bytes)
}
