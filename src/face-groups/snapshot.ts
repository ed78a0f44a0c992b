import { byIdentity } from '../by-identity.js'
import { inOnePiece } from '../one-piece.js'
import { createBoundedMemo } from './bounded-memo.js'
import { encodeCursor } from './cursor.js'
import type { GroupList } from './group-list.js'
import { IdIndex } from './id-index.js'
import { cutPage } from './page.js'
import { defaultListQuery, formatListQuery, type ListQuery } from './query.js'
import { createRepresentation, type Representation } from './representation.js'
import { formatSort } from './sort.js'
import { createSelector, type Selector, type SelectorNeeds, type Viewer } from './selection.js'
import { inTurns, type Steps } from './steps.js'
import { nameOfPatterns, visibilityOf } from './visibility.js'

export interface SnapshotContent {
  readonly groups: GroupList
  /** The vendor's id of the call that produced this list; `null` where it gave none. */
  readonly upstreamRequestId: string | null
}

/**
 * The list as it was at one moment, never changed, and the answers made from it. Answers depend on the groups
 * alone: every replica gives the same bytes. `patterns` confine the caller to matching ids; `null` to none.
 */
export interface Snapshot extends SnapshotContent {
  readonly size: number
  /**
   * Resolves when `list` can answer a caller confined by `patterns` without a pause of the event loop; `null` where it
   * can now.
   */
  ready(query: ListQuery, patterns: readonly string[] | null): Promise<void> | null
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
  if (previous && areEqual(previous.groups, groups)) return { ...previous, upstreamRequestId }
  const answers = createAnswers(groups)
  yield* answers.prepare(previous?.needs() ?? firstNeeds)
  return { groups, upstreamRequestId, size: groups.length, ...answers }
}

const firstNeeds: SnapshotNeeds = { sorts: [defaultListQuery.sort], text: false, ids: false }

function areEqual({ blocks: some }: GroupList, { blocks: others }: GroupList): boolean {
  return some.length === others.length && some.every(({ bytes }, at) => bytes.equals(others[at]!.bytes))
}

interface Answers extends Pick<Snapshot, 'ready' | 'list' | 'one' | 'needs'> {
  prepare(needs: SnapshotNeeds): Steps<void>
}

function createAnswers(groups: GroupList): Answers {
  const selector = createSelector(groups)
  const ids = new IdIndex(groups)
  const remembered = createBoundedMemo<Representation>({
    maxWeight: maxRememberedBytes,
    // A compressed form of each coding may come to stand beside the body.
    weigh: ({ body }) => body.length * 2 + 1024,
  })
  let defaultPage: Representation | undefined
  let lastInLine: Promise<void> = Promise.resolve()
  const waiting = new Map<string, Promise<void>>()

  function viewerOf(patterns: readonly string[] | null): Viewer {
    return { patterns, name: patterns === null ? '' : nameOfPatterns(patterns) }
  }

  /** One at a time: each takes a turn of the event loop, and a hundred of them would take a hundred in a row. */
  function makeReady(query: ListQuery, viewer: Viewer): Promise<void> {
    const done = lastInLine.then(() => inTurns(selector.prepareFor(query, viewer)))
    lastInLine = done.catch(() => undefined)
    return done
  }

  function makePage(query: ListQuery, viewer: Viewer): Representation {
    const ordering = selector.select(query, viewer)
    const { data, next } = cutPage({ groups, ordering, sort: query.sort, limit: query.limit, after: query.cursor })
    const nextCursor = next && encodeCursor(next)
    const total = ordering.indices.length
    const content = { data, page: { limit: query.limit, total, nextCursor } }
    const nextSearch = nextCursor && formatListQuery(query, nextCursor)
    return createRepresentation(content, { count: data.length, nextSearch })
  }

  return {
    ready(query, patterns) {
      if (patterns === null) return null
      const viewer = viewerOf(patterns)
      if (selector.isReadyFor(query, viewer)) return null
      const key = `${viewer.name} ${formatSort(query.sort)}`
      let made = waiting.get(key)
      if (made === undefined) {
        made = makeReady(query, viewer).finally(() => waiting.delete(key))
        waiting.set(key, made)
      }
      return made
    },
    list(query, patterns) {
      const isDefault = query === defaultListQuery && patterns === null
      if (isDefault && defaultPage) return defaultPage
      const viewer = viewerOf(patterns)
      const key = patterns === null ? nameOfQuery(query) : `${viewer.name} ${nameOfQuery(query)}`
      const page = remembered.get(key, () => makePage(query, viewer))
      if (isDefault) defaultPage = page
      return page
    },
    one(id, patterns) {
      const at = ids.find(id)
      if (at === undefined || (patterns !== null && !visibilityOf(patterns).isVisible(id))) return null
      const facts = { count: 1, nextSearch: null }
      return remembered.get(`one ${id}`, () => createRepresentation(groups.at(at), facts))
    },
    needs: () => ({ ...selector.needs(), ids: ids.isMade() }),
    prepare: (needs) => prepare(selector, ids, needs),
  }
}

/** As in `selection.ts`. */
function* prepare(selector: Selector, index: IdIndex, { ids, ...needs }: SnapshotNeeds): Steps<void> {
  yield* selector.prepare(needs)
  if (ids) yield* index.prepare()
}

/** Equal for queries that ask the same; a remembered query string keeps its query. */
const nameOfQuery = byIdentity((query: ListQuery) =>
  inOnePiece(`list?${formatListQuery(query, query.cursor && encodeCursor(query.cursor))}`),
)
