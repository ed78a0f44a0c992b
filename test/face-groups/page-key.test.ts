import * as fc from 'fast-check'
import type { ListQuery } from '../../src/face-groups/query.js'
import type { Snapshot } from '../../src/face-groups/snapshot.js'
import { queryOf, snapshotOf, sampleGroup } from './fixtures.js'

// A snapshot caches its pages. These tests fail if a page's cache key omits something that the page depends on, or if
// two spellings of the same query do not share a page.

/** Each pair of values gives different pages of this list, alone and combined with all other parameters. */
const list = Array.from({ length: 48 }, (_, at) =>
  sampleGroup({
    id: `${at % 2 === 0 ? 'even' : 'odd'}-${String(at).padStart(2, '0')}`,
    name: `Name ${at % 3}`,
    modelVersion: at % 4 < 2 ? 's21' : 's22',
    createdAt: new Date(Date.UTC(2026, 0, 1 + at)).toISOString().replace('.000', ''),
  }),
)

type Parameters = Partial<Record<keyof ListQuery, string>>

type Values = readonly [string, string]

/** Two values of every parameter. The compiler requires a line here when a parameter is added. */
const valuesOf: Record<keyof ListQuery, Values> = {
  limit: ['3', '4'],
  sort: ['-name', 'name'],
  q: ['Name 1', 'Name 2'],
  modelVersion: ['s21', 's22'],
  createdAfter: ['2026-01-03T00:00:00Z', '2026-01-08T00:00:00Z'],
  createdBefore: ['2026-02-12T00:00:00Z', '2026-02-06T00:00:00Z'],
  cursor: [await cursorAfter({ limit: '10' }), await cursorAfter({ limit: '24' })],
}
const names = Object.keys(valuesOf) as (keyof ListQuery)[]

function searchOf(parameters: Parameters): string {
  return `?${new URLSearchParams(parameters).toString()}`
}

function answer(snapshot: Snapshot, search: string, patterns: readonly string[] | null = null) {
  return snapshot.list(queryOf(search), patterns)
}

async function bodyOf(snapshot: Snapshot | Promise<Snapshot>, search: string, patterns?: readonly string[] | null) {
  return (await answer(await snapshot, search, patterns)).body.toString()
}

async function cursorAfter(parameters: Parameters): Promise<string> {
  const body = await bodyOf(snapshotOf(list), searchOf({ sort: '-name', ...parameters }))
  return (JSON.parse(body) as { page: { nextCursor: string } }).page.nextCursor
}

/** A cursor is valid for one sort order; the other parameters combine freely. */
function contextsOf(name: keyof ListQuery): Parameters[] {
  const order = name === 'cursor' ? { sort: '-name' } : {}
  const others = names.filter((other) => other !== name && other !== 'cursor')
  const all = Object.fromEntries(others.map((other) => [other, valuesOf[other][0]]))
  return [order, { ...all, ...order }]
}

describe('a cached page', () => {
  it.each(names)('is not returned for a query that differs in %s', async (name) => {
    for (const context of contextsOf(name)) {
      const snapshot = await snapshotOf(list)
      const [first, second] = valuesOf[name].map((value) => searchOf({ ...context, [name]: value })) as [string, string]
      const without = searchOf(context)
      for (const search of [first, second, without]) {
        expect(await bodyOf(snapshot, search)).toBe(await bodyOf(snapshotOf(list), search))
      }
      expect(await bodyOf(snapshot, first)).not.toBe(await bodyOf(snapshot, second))
    }
  })

  it('is not returned to a caller who may see other libraries', async () => {
    const snapshot = await snapshotOf(list)
    const views = [null, ['even-*'], ['odd-*'], ['even-00'], [], ['even-00", "odd-01']]
    for (const search of ['', '?limit=3', '?q=name&sort=-id']) {
      for (const patterns of views) {
        const expected = await bodyOf(snapshotOf(list), search, patterns)
        expect(await bodyOf(snapshot, search, patterns)).toBe(expected)
      }
    }
  })

  it('repeats every parameter except the cursor in the link to the next page', async () => {
    for (const name of names) {
      for (const context of contextsOf(name)) {
        const asked: Parameters = { ...context, [name]: valuesOf[name][0] }
        const { cursor: _, ...lasting } = asked
        const { nextSearch } = await answer(await snapshotOf(list), searchOf({ limit: '1', ...asked }))
        const next = new URLSearchParams(nextSearch ?? '')
        expect(next.get('cursor')).not.toBeNull()
        for (const [parameter, value] of Object.entries(lasting)) {
          if (value === null || value === undefined) continue
          const given = next.get(parameter)
          expect(parameter.startsWith('created') ? Date.parse(given ?? '') : given).toBe(
            parameter.startsWith('created') ? Date.parse(value) : value,
          )
        }
      }
    }
  })
})

/** A query in a normal form: two are equal if and only if they request the same. */
interface Question {
  readonly limit: number
  readonly sort: string
  readonly q: string
  readonly modelVersion: string | null
  readonly createdAfter: number | null
  readonly createdBefore: number | null
  readonly cursor: string | null
  readonly patterns: readonly string[] | null
}

const moment = fc.option(fc.constantFrom(Date.UTC(2026, 0, 3), Date.UTC(2026, 0, 20), Date.UTC(2026, 1, 12)))
const arbitraryQuestions = (): fc.Arbitrary<Question> =>
  fc
    .record({
      limit: fc.constantFrom(1, 2, 100),
      sort: fc.constantFrom('createdAt', '-createdAt', 'name', '-name', 'id'),
      q: fc.constantFrom('', 'name', 'Name', 'name 1', '&q=name', 's21'),
      modelVersion: fc.option(fc.constantFrom('', 's21', 's22', 's21&limit=2')),
      createdAfter: moment,
      createdBefore: moment,
      cursor: fc.option(fc.constantFrom(...valuesOf.cursor)),
      patterns: fc.option(fc.subarray(['even-*', 'odd-*', 'even-00', '*'])),
    })
    .map((question) => Object.assign(question, question.cursor !== null && { sort: '-name' }))

/** The pattern `*` shows everything, like no patterns. */
function asText({ patterns, ...rest }: Question): string {
  return JSON.stringify([rest, patterns?.includes('*') ? null : patterns])
}

/** One of the possible spellings of the query. */
function write(question: Question, { order, explicit, shift }: Spelling): string {
  const at = (ms: number) => new Date(ms + shift * 3_600_000).toISOString().replace('Z', `+0${shift}:00`)
  const pairs: ([string, string] | null)[] = [
    question.limit !== 100 || explicit ? ['limit', String(question.limit)] : null,
    question.sort !== 'createdAt' || explicit ? ['sort', question.sort] : null,
    question.q !== '' || explicit ? ['q', question.q] : null,
    question.modelVersion === null ? null : ['modelVersion', question.modelVersion],
    question.createdAfter === null ? null : ['createdAfter', at(question.createdAfter)],
    question.createdBefore === null ? null : ['createdBefore', at(question.createdBefore)],
    question.cursor === null ? null : ['cursor', question.cursor],
  ]
  return `?${new URLSearchParams(order.flatMap((place) => (pairs[place] ? [pairs[place]] : []))).toString()}`
}

interface Spelling {
  readonly order: readonly number[]
  readonly explicit: boolean
  readonly shift: number
}

const spellings: fc.Arbitrary<Spelling> = fc.record({
  order: fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6], { minLength: 7 }),
  explicit: fc.boolean(),
  shift: fc.integer({ min: 0, max: 9 }),
})

it('shares a page between equal queries, and between no others', async () => {
  const nothing = { limit: 100, sort: 'createdAt', q: '', modelVersion: null, createdAfter: null, createdBefore: null }
  const defaults: Question = { ...nothing, cursor: null, patterns: null }
  const [implicit, explicit] = [false, true].map((explicit) => ({ order: [0, 1, 2, 3, 4, 5, 6], explicit, shift: 0 }))
  const fields = Object.keys(defaults) as (keyof Question)[]
  const questions = arbitraryQuestions()
  // Two queries that differ in at most one field detect a key that omits it; unrelated ones would not.
  const pairs = fc.tuple(questions, questions, fc.constantFrom(...fields)).map(([one, another, field]) => {
    const other: Question = { ...one, [field]: another[field] }
    return [one, other.cursor === null ? other : { ...other, sort: '-name' }] as const
  })
  await fc.assert(
    fc.asyncProperty(pairs, spellings, spellings, async ([one, other], first, second) => {
      const snapshot = await snapshotOf(list)
      const pages = [
        await answer(snapshot, write(one, first), one.patterns),
        await answer(snapshot, write(other, second), other.patterns?.toReversed() ?? null),
      ] as const
      expect(pages[0] === pages[1]).toBe(asText(one) === asText(other))
    }),
    { numRuns: 2000, examples: [[[defaults, defaults], implicit!, explicit!]] },
  )
}, 60_000)

it('returns the page of an empty cache, whatever was requested before', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(arbitraryQuestions(), { minLength: 2, maxLength: 8 }),
      spellings,
      async (asked, spelling) => {
        const snapshot = await snapshotOf(list)
        for (const question of asked) {
          const search = write(question, spelling)
          const expected = await bodyOf(snapshotOf(list), search, question.patterns)
          expect(await bodyOf(snapshot, search, question.patterns)).toBe(expected)
        }
      },
    ),
    { numRuns: 200 },
  )
}, 60_000)
