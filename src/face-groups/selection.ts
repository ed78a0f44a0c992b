import { type BoundedMemo, createBoundedMemo } from './bounded-memo.js'
import type { GroupList } from './group-list.js'
import { Matcher } from './matcher.js'
import { type Ordering, Orderings } from './ordering.js'
import { defaultListQuery, formatListQuery, type ListQuery } from './query.js'
import type { Sort } from './sort.js'
import { atOnce, type Steps } from './steps.js'
import { visibilityOf } from './visibility.js'

/** Whom a selection is for. */
export interface Viewer {
  /** Patterns of the ids the caller may see; `null` for all. */
  readonly patterns: readonly string[] | null
  /** Equal for viewers who may see the same. */
  readonly name: string
}

/** Who may see which groups: at one bit a group, 2000 callers in a list of 50 000. */
const rememberedViewerBytes = 16 * 2 ** 20

/** About sixteen selections, at four bytes a group. */
const rememberedBytesPerGroup = 64

export interface Selector {
  /** The groups that a query finds and the viewer may see, in order. */
  select(query: ListQuery, viewer: Viewer): Ordering
  /** Whether `select` has at hand what takes long to make for a viewer confined by patterns. */
  isReadyFor(query: ListQuery, viewer: Viewer): boolean
  /** Makes that. */
  prepareFor(query: ListQuery, viewer: Viewer): Steps<void>
  /** What was needed so far. */
  needs(): SelectorNeeds
  prepare(needs: SelectorNeeds): Steps<void>
}

/** What takes long to make for a long list. */
export interface SelectorNeeds {
  readonly sorts: readonly Sort[]
  readonly text: boolean
}

/**
 * A selection is made once and remembered, so that neither the next page nor the same search again costs more in a
 * longer list.
 */
export function createSelector(groups: GroupList): Selector {
  const orderings = new Orderings(groups)
  const matcher = new Matcher(groups)
  const remembered = createBoundedMemo<Uint32Array>({
    maxWeight: 2 ** 20 + groups.length * rememberedBytesPerGroup,
    weigh: (indices) => indices.byteLength + 128,
  })

  const seen = createBoundedMemo<Bits>({ maxWeight: rememberedViewerBytes, weigh: (bits) => bits.byteLength + 128 })

  function visible({ sort }: ListQuery, viewer: Viewer): Uint32Array {
    const { indices } = orderings.of(sort)
    const { patterns, name } = viewer
    if (patterns === null) return indices
    return remembered.get(keyOf({ ...defaultListQuery, sort }, viewer), () => {
      const bits = seen.get(name, () => atOnce(visibleGroups(groups, patterns)))
      return indices.filter((index) => isSet(bits, index))
    })
  }

  return {
    select(query, viewer) {
      const { keyAt } = orderings.of(query.sort)
      const candidates = visible(query, viewer)
      const matches = matcher.testOf(query)
      if (!matches) return { indices: candidates, keyAt }
      const key = keyOf({ ...query, limit: defaultListQuery.limit }, viewer)
      return { indices: remembered.get(key, () => candidates.filter(matches)), keyAt }
    },
    isReadyFor: ({ sort }, { patterns, name }) => patterns === null || (seen.has(name) && orderings.has(sort)),
    prepareFor: (query, viewer) => prepareFor(query, viewer, { groups, orderings, seen }),
    needs: () => ({ sorts: orderings.made(), text: matcher.searchesText() }),
    prepare: (needs) => prepare(orderings, matcher, needs),
  }
}

/** Not within the selector: each generator that a factory makes is another kind of object to V8 (docs/decisions/0021). */
function* prepare(orderings: Orderings, matcher: Matcher, { sorts, text }: SelectorNeeds): Steps<void> {
  yield* orderings.prepare(sorts)
  if (text) yield* matcher.prepareText()
}

interface Prepared {
  readonly groups: GroupList
  readonly orderings: Orderings
  readonly seen: BoundedMemo<Bits>
}

function* prepareFor(
  { sort }: ListQuery,
  { patterns, name }: Viewer,
  { groups, orderings, seen }: Prepared,
): Steps<void> {
  if (patterns === null) return
  yield* orderings.prepare([sort])
  if (seen.has(name)) return
  const bits = yield* visibleGroups(groups, patterns)
  seen.get(name, () => bits)
}

/** One bit for each group. */
type Bits = Uint8Array

function* visibleGroups(groups: GroupList, patterns: readonly string[]): Steps<Bits> {
  const visibility = visibilityOf(patterns)
  const bits = new Uint8Array(Math.ceil(groups.length / 8))
  for (let index = 0; index < groups.length; index += 1) {
    if (visibility.isVisible(groups.idAt(index))) bits[index >>> 3]! |= 1 << (index & 7)
    if (index % visibility.idsPerStep === 0) yield
  }
  return bits
}

function isSet(bits: Bits, index: number): boolean {
  return (bits[index >>> 3]! & (1 << (index & 7))) !== 0
}

function keyOf(query: ListQuery, { name }: Viewer): string {
  return `${name}?${formatListQuery(query, null)}`
}
