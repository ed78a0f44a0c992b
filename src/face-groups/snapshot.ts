import { LRUCache } from 'lru-cache'
import { encodeCursor } from './cursor.js'
import { copyFaceGroup, type FaceGroup, isSameFaceGroup } from './face-group.js'
import { chunksOf, IndexedGroup } from './indexed-group.js'
import { createListMemo } from './list-memo.js'
import { paginate } from './page.js'
import { defaultListQuery, formatListQuery, type ListQuery } from './query.js'
import { createRepresentation, type Representation } from './representation.js'
import { createSelect } from './select.js'
import { viewerOf } from './visibility.js'

/**
 * The list as it was at one moment, never changed, and the responses made from it. Responses depend on the groups
 * alone: every replica returns the same bytes. `patterns` restrict the caller to matching ids; `null` does not.
 */
export interface Snapshot {
  /** Frozen, in the vendor's order. */
  readonly groups: readonly FaceGroup[]
  readonly size: number
  /** The vendor's id of the call that returned this list; `null` where it gave none. */
  readonly upstreamRequestId: string | null
  /**
   * One page of the list: `{ data, page: { limit, total, nextCursor } }`. Resolves without yielding to the event loop
   * where the page is remembered; concurrent calls for the same page share the work.
   */
  list(query: ListQuery, patterns: readonly string[] | null): Promise<Representation>
  /** The first group with this id, bare; `null` where there is none or the caller may not see it. */
  one(id: string, patterns: readonly string[] | null): Representation | null
}

export interface CreateSnapshotOptions {
  readonly groups: readonly FaceGroup[]
  readonly upstreamRequestId: string | null
  /** The snapshot that this one follows: where no group changed, the responses made from it are kept. Default `null`. */
  readonly previous?: Snapshot | null
}

const maxPageBytes = 16 * 2 ** 20
const maxGroupBytes = 2 * 2 ** 20

/** Yields to the event loop while it compares and indexes the groups. The default page is ready when it resolves. */
export async function createSnapshot(options: CreateSnapshotOptions): Promise<Snapshot> {
  const { groups, upstreamRequestId, previous } = options
  if (previous && (await areEqual(previous.groups, groups))) return { ...previous, upstreamRequestId }
  const entries: IndexedGroup[] = []
  const byId = new Map<string, FaceGroup>()
  for await (const chunk of chunksOf(groups)) {
    for (const group of chunk.map(copyFaceGroup)) {
      entries.push(new IndexedGroup(group))
      if (group.id !== null && !byId.has(group.id)) byId.set(group.id, group)
    }
  }
  const listPage = createPages(entries)
  const singles = new LRUCache<string, Representation>({ maxSize: maxGroupBytes, sizeCalculation: bytesOf })
  const list: Snapshot['list'] = (query, patterns) => listPage({ query, viewer: viewerOf(patterns) })
  const one: Snapshot['one'] = (id, patterns) => {
    const group = viewerOf(patterns).isVisible(id) ? byId.get(id) : undefined
    if (!group) return null
    const known = singles.get(id)
    const representation = known ?? createRepresentation(group, { count: 1, nextSearch: null })
    if (!known) singles.set(id, representation)
    return representation
  }
  await list(defaultListQuery, null)
  const copies = Object.freeze(entries.map(({ group }) => group))
  return { groups: copies, size: copies.length, upstreamRequestId, list, one }
}

async function areEqual(some: readonly FaceGroup[], others: readonly FaceGroup[]): Promise<boolean> {
  if (some.length !== others.length) return false
  let at = 0
  for await (const chunk of chunksOf(some)) {
    if (!chunk.every((group) => isSameFaceGroup(group, others[at++]!))) return false
  }
  return true
}

function createPages(entries: readonly IndexedGroup[]) {
  const select = createSelect(entries)
  return createListMemo<Representation>({
    maxBytes: maxPageBytes,
    bytesOf,
    async make({ query, viewer }) {
      const { limit, cursor: _, ...selection } = query
      const selected = await select({ query: { ...defaultListQuery, ...selection }, viewer })
      const { data, next } = paginate(selected, query)
      const nextCursor = next && encodeCursor(next)
      const nextSearch = next && formatListQuery({ ...query, cursor: next })
      const content = { data, page: { limit, total: selected.length, nextCursor } }
      return createRepresentation(content, { count: data.length, nextSearch })
    },
  })
}

/** Of the body, and of the compressed forms that may be kept beside it. */
function bytesOf({ body }: Representation): number {
  return body.length * 2 + 1024
}
