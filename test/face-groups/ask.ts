import type { FaceGroup } from '../../src/face-groups/face-group.js'
import type { GroupList } from '../../src/face-groups/group-list.js'
import { GroupListBuilder } from '../../src/face-groups/group-list-builder.js'
import { parseListQuery } from '../../src/face-groups/query.js'
import { createSnapshot, type Snapshot } from '../../src/face-groups/snapshot.js'
import { atOnce } from '../../src/face-groups/steps.js'

export interface ListBody {
  data: FaceGroup[]
  page: { limit: number; total: number; nextCursor: string | null }
}

export function snapshotOf(groups: readonly FaceGroup[]): Snapshot {
  return atOnce(createSnapshot({ groups: listOf(groups), upstreamRequestId: null }))
}

export function listOf(groups: readonly FaceGroup[], before: GroupList | null = null): GroupList {
  const list = new GroupListBuilder(before)
  for (const { createdAt, ...group } of groups) {
    list.add({ ...group, createdAtMs: createdAt === null ? null : Date.parse(createdAt) })
  }
  return list.finish()
}

export function groupsOf(list: GroupList): FaceGroup[] {
  return Array.from({ length: list.length }, (_, index) => list.at(index))
}

/** Asks with a query string as a caller writes it; a fault fails the test. */
export function ask(
  snapshot: Snapshot,
  parameters: Record<string, string | number> = {},
  patterns: readonly string[] | null = null,
): ListBody {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) search.set(name, String(value))
  const parsed = parseListQuery(`?${search.toString()}`)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults))
  return JSON.parse(snapshot.list(parsed.query, patterns).body.toString()) as ListBody
}

/** Walks to the last page; `refresh` may put another snapshot in place before each further page. */
export function walk(
  first: Snapshot,
  parameters: Record<string, string | number>,
  refresh: (snapshot: Snapshot) => Snapshot = (same) => same,
): FaceGroup[] {
  const delivered: FaceGroup[] = []
  let snapshot = first
  let cursor: string | null = null
  for (let pages = 0; pages < 100_000; pages++) {
    const body: ListBody = ask(snapshot, cursor === null ? parameters : { ...parameters, cursor })
    delivered.push(...body.data)
    cursor = body.page.nextCursor
    if (cursor === null) return delivered
    snapshot = refresh(snapshot)
  }
  throw new Error('the walk does not end')
}
