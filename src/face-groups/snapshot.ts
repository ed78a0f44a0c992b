import { LRUCache } from 'lru-cache'
import { areSameFaceGroups, chunksOf, copyFaceGroup, type FaceGroup, IndexedGroup } from './face-group.js'
import { encodeCursor, paginate } from './page.js'
import { defaultListQuery, formatListQuery, type ListQuery } from './query.js'
import { createRepresentation, type Representation } from './representation.js'
import { createSelect, memoize } from './select.js'
import { unrestricted, viewerOf } from './visibility.js'

/**
 * The list as it was at one moment, never changed, and the responses made from it. Responses depend on the groups
 * alone: every replica returns the same bytes. `patterns` restrict the caller to matching ids; `null` does not.
 */
export interface Snapshot {
  /** Frozen, in the vendor's order. */
  readonly groups: readonly FaceGroup[]
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

/**
 * Yields to the event loop while it compares and indexes the groups. The default page is ready when it resolves. If no
 * group changed since `previous`, the responses made from it are kept.
 */
export async function createSnapshot(
  { groups, upstreamRequestId }: Pick<Snapshot, 'groups' | 'upstreamRequestId'>,
  previous: Snapshot | null = null,
): Promise<Snapshot> {
  if (previous && (await areSameFaceGroups(previous.groups, groups))) return { ...previous, upstreamRequestId }
  const entries: IndexedGroup[] = []
  const byId = new Map<string, FaceGroup>()
  for await (const chunk of chunksOf(groups)) {
    for (const group of chunk.map(copyFaceGroup)) {
      entries.push(new IndexedGroup(group))
      if (group.id !== null && !byId.has(group.id)) byId.set(group.id, group)
    }
  }
  const select = createSelect(entries)
  const list = memoize<Representation>(async ({ query, viewer }) => {
    const selected = await select({ query, viewer })
    const { data, next } = paginate(selected, query)
    const page = { limit: query.limit, total: selected.length, nextCursor: next && encodeCursor(next) }
    const nextSearch = next && formatListQuery({ ...query, cursor: next })
    return createRepresentation({ data, page }, data.length, nextSearch)
  }, bytesOf)
  const singles = new LRUCache<string, Representation>({
    maxSize: 2 * 2 ** 20,
    sizeCalculation: bytesOf,
    memoMethod: (id) => createRepresentation(byId.get(id)),
  })
  await list({ query: defaultListQuery, viewer: unrestricted })
  return {
    groups: Object.freeze(entries.map(({ group }) => group)),
    upstreamRequestId,
    list: (query, patterns) => list({ query, viewer: viewerOf(patterns) }),
    one: (id, patterns) => (byId.has(id) && viewerOf(patterns).isVisible(id) ? singles.memo(id) : null),
  }
}

/** Size of the body and of the compressed forms that may be kept with it. */
function bytesOf({ body }: Representation): number {
  return body.length * 2 + 1024
}
