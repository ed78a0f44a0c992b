import { LRUCache } from 'lru-cache'
import { encodeCursor } from './cursor.js'
import { areSameFaceGroups, chunksOf, copyFaceGroup, type FaceGroup } from './face-group.js'
import { IndexedGroup } from './indexed-group.js'
import { paginate } from './page.js'
import { defaultListQuery, formatListQuery, type ListQuery } from './query.js'
import { createRepresentation, type Representation } from './representation.js'
import { createSelect, memoize } from './select.js'
import { viewerOf } from './visibility.js'

/**
 * The list as it was at one moment, never changed, and the responses made from it. Responses depend on the groups
 * alone: every replica returns the same bytes. `patterns` restrict the caller to matching ids; `null` does not.
 */
export interface Snapshot {
  /** Frozen, in the vendor's order. */
  readonly groups: readonly FaceGroup[]
  readonly size: number
  /** The vendor's id of the call that returned this list; `null` if it gave none. */
  readonly upstreamRequestId: string | null
  /**
   * One page of the list: `{ data, page: { limit, total, nextCursor } }`. Resolves without yielding to the event loop
   * where the page is remembered; concurrent calls for the same page share the work.
   */
  list(query: ListQuery, patterns: readonly string[] | null): Promise<Representation>
  /** The first group with this id, bare; `null` if there is none or the caller may not see it. */
  one(id: string, patterns: readonly string[] | null): Representation | null
}

export interface CreateSnapshotOptions {
  readonly groups: readonly FaceGroup[]
  readonly upstreamRequestId: string | null
  /** The snapshot that this one follows: if no group changed, the responses made from it are kept. Default `null`. */
  readonly previous?: Snapshot | null
}

/** Yields to the event loop while it compares and indexes the groups. The default page is ready when it resolves. */
export async function createSnapshot(options: CreateSnapshotOptions): Promise<Snapshot> {
  const { groups, upstreamRequestId, previous } = options
  if (previous && (await areSameFaceGroups(previous.groups, groups))) return { ...previous, upstreamRequestId }
  const entries: IndexedGroup[] = []
  const byId = new Map<string, FaceGroup>()
  for await (const chunk of chunksOf(groups)) {
    for (const group of chunk.map(copyFaceGroup)) {
      entries.push(new IndexedGroup(group))
      if (group.id !== null && !byId.has(group.id)) byId.set(group.id, group)
    }
  }
  const page = createPages(entries)
  const singles = new LRUCache<string, Representation>({ maxSize: 2 * 2 ** 20, sizeCalculation: bytesOf })
  const snapshot: Snapshot = {
    groups: Object.freeze(entries.map(({ group }) => group)),
    size: entries.length,
    upstreamRequestId,
    list: (query, patterns) => page({ query, viewer: viewerOf(patterns) }),
    one(id, patterns) {
      const group = viewerOf(patterns).isVisible(id) ? byId.get(id) : undefined
      if (!group) return null
      const single = singles.get(id) ?? createRepresentation(group, { count: 1, nextSearch: null })
      singles.set(id, single)
      return single
    },
  }
  await snapshot.list(defaultListQuery, null)
  return snapshot
}

function createPages(entries: readonly IndexedGroup[]) {
  const select = createSelect(entries)
  return memoize<Representation>(
    async ({ query, viewer }) => {
      const selected = await select({ query, viewer })
      const { data, next } = paginate(selected, query)
      const page = { limit: query.limit, total: selected.length, nextCursor: next && encodeCursor(next) }
      const nextSearch = next && formatListQuery({ ...query, cursor: next })
      return createRepresentation({ data, page }, { count: data.length, nextSearch })
    },
    { maxBytes: 16 * 2 ** 20, bytesOf },
  )
}

/** Size of the body and of the compressed forms that may be kept with it. */
function bytesOf({ body }: Representation): number {
  return body.length * 2 + 1024
}
