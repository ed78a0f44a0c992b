import * as fc from 'fast-check'
import type { FaceGroup } from '../../src/face-groups/face-group.js'
import { type ListQuery, parseListQuery } from '../../src/face-groups/query.js'
import { createSnapshot, type Snapshot } from '../../src/face-groups/snapshot.js'

export function sampleGroup(facts: Partial<FaceGroup> = {}): FaceGroup {
  return {
    id: 'Finauth_test_001',
    name: 'TestUserSet001',
    description: '',
    modelVersion: 's21',
    createdAt: '2026-01-27T06:19:01Z',
    ...facts,
  }
}

export interface ListBody {
  data: FaceGroup[]
  page: { limit: number; total: number; nextCursor: string | null }
}

export function snapshotOf(groups: readonly FaceGroup[], previous: Snapshot | null = null): Promise<Snapshot> {
  return createSnapshot({ groups, upstreamRequestId: null }, previous)
}

/** Parses a query string; a fault fails the test. */
export function queryOf(search: string): ListQuery {
  const parsed = parseListQuery(search)
  if (Array.isArray(parsed)) throw new Error(JSON.stringify(parsed))
  return parsed
}

/** The body for a query string; a fault fails the test. */
export async function ask(
  snapshot: Snapshot,
  parameters: Record<string, string | number> = {},
  patterns: readonly string[] | null = null,
): Promise<ListBody> {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) search.set(name, String(value))
  const { body } = await snapshot.list(queryOf(`?${search.toString()}`), patterns)
  return JSON.parse(body.toString()) as ListBody
}

/** Follows the pages to the last one; `refresh` may replace the snapshot before each further page. */
export async function walk(
  first: Snapshot,
  parameters: Record<string, string | number>,
  refresh: (snapshot: Snapshot) => Snapshot | Promise<Snapshot> = (same) => same,
): Promise<FaceGroup[]> {
  const delivered: FaceGroup[] = []
  let snapshot = first
  let cursor: string | null = null
  for (let pages = 0; pages < 100_000; pages++) {
    const body: ListBody = await ask(snapshot, cursor === null ? parameters : { ...parameters, cursor })
    delivered.push(...body.data)
    cursor = body.page.nextCursor
    if (cursor === null) return delivered
    snapshot = await refresh(snapshot)
  }
  throw new Error('too many pages')
}

/** Few distinct values, so that ties, duplicates and matches are common; and difficult real-world texts. */
const awkward = [
  '',
  'a/b',
  '50 %',
  '%2F',
  ' ',
  'Straße',
  'STRASSE',
  'ΟΔΟΣ',
  'Ｆｕｌｌ',
  'é',
  'e\u0301',
  '👩🏽‍🔬',
  'x'.repeat(1024),
  'a"\\\n',
]
const text = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom('Ann', 'bob', 'Bo', 'b') },
  { weight: 2, arbitrary: fc.constantFrom(...awkward) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
)

export const timestamps = [
  '2026-01-27T06:19:01Z',
  '2026-01-27T06:19:01.500Z',
  '2026-02-05T03:17:45Z',
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59Z',
]

export const texts = text

export const group: fc.Arbitrary<FaceGroup> = fc.record({
  id: fc.option(text),
  name: text,
  description: text,
  modelVersion: fc.constantFrom('s21', 's22', ''),
  createdAt: fc.option(fc.constantFrom(...timestamps)),
})

export const groups = fc.array(group, { maxLength: 30 })

/** The vendor's example (simulator/vendor-libraries.ts) in the format of this service, written by hand. */
export const exampleGroups: readonly FaceGroup[] = [
  {
    id: 'Finauth_test_001',
    name: 'TestUserSet001',
    description: '',
    modelVersion: 's21',
    createdAt: '2026-01-27T06:19:01Z',
  },
  {
    id: 'Finauth_test_002',
    name: 'TestUserSet002',
    description: '',
    modelVersion: 's21',
    createdAt: '2026-01-27T11:42:47Z',
  },
  {
    id: 'YuanliStudent_test_01',
    name: 'MegviiInternLibrary_01',
    description: 'Megvii intern face library for storing face information',
    modelVersion: 's21',
    createdAt: '2026-02-05T03:17:45Z',
  },
]
