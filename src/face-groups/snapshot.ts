import { createBoundedMemo } from './bounded-memo.js'
import { encodeCursor } from './cursor.js'
import type { FaceGroup } from './face-group.js'
import { cutPage } from './page.js'
import { defaultListQuery, formatListQuery, type ListQuery } from './query.js'
import { createRepresentation, type Representation } from './representation.js'
import { createSelector, type SelectorNeeds, type Viewer } from './selection.js'
import { atOnce, forEachIndex, groupsPerStep, type Steps } from './steps.js'
import { matchesAny } from './visibility.js'

export interface SnapshotContent {
  /** In the vendor's order. */
  readonly groups: readonly FaceGroup[]
  /** The vendor's id of the call that produced this list; `null` where it gave none. */
  readonly upstreamRequestId: string | null
}

/**
 * The list as it was at one moment, never changed, and the answers made from it. Answers depend on the groups
 * alone: every replica gives the same bytes. `patterns` confine the caller to matching ids; `null` to none.
 */
export interface Snapshot extends SnapshotContent {
  readonly size: number
  /** One page of the list: `{ data, page: { limit, total, nextCursor } }`. */
  list(query: ListQuery, patterns: readonly string[] | null): Representation
  /** The first group with this id, bare; `null` where there is none or the caller may not see it. */
  one(id: string, patterns: readonly string[] | null): Representation | null
  /** What was made for answers so far, which the next snapshot should have ready. */
  needs(): SnapshotNeeds
}

interface SnapshotNeeds extends SelectorNeeds {
  readonly ids: boolean
}

export interface CreateSnapshotOptions extends SnapshotContent {
  /** The snapshot this one follows: where no group changed, the answers made from it are kept. */
  readonly previous?: Snapshot | null
}

const maxRememberedBytes = 16 * 2 ** 20

/**
 * Compares the groups with the previous ones. Where something changed, the orders and searches that the previous
 * snapshot came to need are made before anybody asks the new one; bodies are made when first asked for.
 */
export function* createSnapshot({ groups, upstreamRequestId, previous }: CreateSnapshotOptions): Steps<Snapshot> {
  if (previous && (yield* sameGroups(groups, previous.groups))) return { ...previous, upstreamRequestId }
  const answers = createAnswers(groups)
  yield* answers.prepare(previous?.needs() ?? firstNeeds)
  return { groups, upstreamRequestId, size: groups.length, ...answers }
}

const firstNeeds: SnapshotNeeds = { sorts: [defaultListQuery.sort], text: false, ids: false }

interface Answers extends Pick<Snapshot, 'list' | 'one' | 'needs'> {
  prepare(needs: SnapshotNeeds): Steps<void>
}

function createAnswers(groups: readonly FaceGroup[]): Answers {
  const selector = createSelector(groups)
  const remembered = createBoundedMemo<Representation>({
    maxWeight: maxRememberedBytes,
    // A compressed form of each coding may come to stand beside the body.
    weigh: ({ body }) => body.length * 2 + 1024,
  })
  let defaultPage: Representation | undefined
  let indexById: ReadonlyMap<string, number> | undefined

  function makePage(query: ListQuery, viewer: Viewer): Representation {
    const ordering = selector.select(query, viewer)
    const { data, next } = cutPage({ groups, ordering, sort: query.sort, limit: query.limit, after: query.cursor })
    const nextCursor = next && encodeCursor(next)
    const total = ordering.indices.length
    const content = { data: data.map(describe), page: { limit: query.limit, total, nextCursor } }
    return createRepresentation(content, { total, count: data.length, nextCursor })
  }

  function* indexIds(): Steps<ReadonlyMap<string, number>> {
    if (indexById) return indexById
    const index = new Map<string, number>()
    yield* forEachIndex(groups.length, (at) => {
      const { id } = groups[at]!
      if (id !== null && !index.has(id)) index.set(id, at)
    })
    return (indexById = index)
  }

  return {
    list(query, patterns) {
      if (query === defaultListQuery && patterns === null) {
        return (defaultPage ??= makePage(query, { patterns, name: '' }))
      }
      const viewer = { patterns, name: nameVisibility(patterns) }
      const cursor = query.cursor && encodeCursor(query.cursor)
      return remembered.get(`list ${viewer.name}?${formatListQuery(query, cursor)}`, () => makePage(query, viewer))
    },
    one(id, patterns) {
      const group = groups[atOnce(indexIds()).get(id) ?? -1]
      if (!group || (patterns !== null && !matchesAny(patterns, group.id))) return null
      const facts = { total: 1, count: 1, nextCursor: null }
      return remembered.get(`one ${id}`, () => createRepresentation(describe(group), facts))
    },
    needs: () => ({ ...selector.needs(), ids: indexById !== undefined }),
    *prepare({ ids, ...needs }) {
      yield* selector.prepare(needs)
      if (ids) yield* indexIds()
    },
  }
}

/** Fixes the order of the fields, and leaves out any the contract does not name. */
function describe({ id, name, description, modelVersion, createdAt }: FaceGroup): FaceGroup {
  return { id, name, description, modelVersion, createdAt }
}

function* sameGroups(some: readonly FaceGroup[], others: readonly FaceGroup[]): Steps<boolean> {
  if (some.length !== others.length) return false
  for (const [at, group] of some.entries()) {
    if (!sameGroup(group, others[at]!)) return false
    if (at % groupsPerStep === 0) yield
  }
  return true
}

function sameGroup(group: FaceGroup, other: FaceGroup): boolean {
  return (
    group.id === other.id &&
    group.name === other.name &&
    group.description === other.description &&
    group.modelVersion === other.modelVersion &&
    group.createdAt === other.createdAt
  )
}

const visibilityNames = new WeakMap<readonly string[], string>()

/** Equal for callers who may see the same. Kept by identity: a remembered caller keeps its list of patterns. */
function nameVisibility(patterns: readonly string[] | null): string {
  if (patterns === null) return ''
  const known = visibilityNames.get(patterns)
  if (known !== undefined) return known
  const name = JSON.stringify([...new Set(patterns)].toSorted())
  visibilityNames.set(patterns, name)
  return name
}
