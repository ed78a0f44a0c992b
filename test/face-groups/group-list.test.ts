import { Buffer } from 'node:buffer'
import type { GroupList } from '../../src/face-groups/group-list.js'
import { readGroups } from '../../src/face-groups/group-list-builder.js'
import { LineReader } from '../../src/face-groups/line-reader.js'
import { atOnce } from '../../src/face-groups/steps.js'
import { groupsOf, listOf, sampleGroup } from './fixtures.js'

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
    expect(atOnce(readGroups(new LineReader(pieces), { length: 5000, before: null })).blocks).toEqual(built.blocks)
  })

  it('is read with a pause every 64 lines', () => {
    const reading = readGroups(new LineReader(bytesOf(listOf(many))), { length: 5000, before: null })
    expect([...reading]).toHaveLength(Math.floor(5000 / 64))
  })

  it.each([
    ['built', listOf],
    [
      'read',
      (groups: typeof many, before: GroupList) =>
        atOnce(readGroups(new LineReader(bytesOf(listOf(groups))), { length: groups.length, before })),
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

describe('a list that is read with the one before it at hand', () => {
  const before = listOf(many)
  const read = (pieces: Buffer[], length: number) => atOnce(readGroups(new LineReader(pieces), { length, before }))

  it('shares all of it where nothing changed, wherever the pieces are cut', () => {
    const text = Buffer.concat(bytesOf(before))
    for (const cut of [1, 40_000, text.length - 1]) {
      const { blocks } = read([text.subarray(0, cut), Buffer.alloc(0), text.subarray(cut)], many.length)
      expect(blocks.every((block, at) => block === before.blocks[at])).toBe(true)
      expect(blocks).toHaveLength(before.blocks.length)
    }
  })

  it.each([
    ['grows behind a block that was not full', [...many, sampleGroup({ id: 'new' })]],
    ['ends within a block', many.slice(0, 1000)],
    ['ends with a block', many.slice(0, 1024)],
    ['is empty', []],
    ['has a new group in front', [sampleGroup({ id: 'new' }), ...many]],
  ])('is right where it %s', (_how, groups) => {
    const list = read(bytesOf(listOf(groups)), groups.length)
    expect(list).toHaveLength(groups.length)
    expect(groupsOf(list)).toEqual(groups)
  })

  it.each([[4999], [4864], [5001], [0]])('is refused where it says that it holds %i groups and does not', (length) => {
    expect(() => read(bytesOf(before), length)).toThrow('another number of groups')
  })
})

function bytesOf({ blocks }: GroupList): Buffer[] {
  return blocks.map(({ bytes }) => bytes)
}
