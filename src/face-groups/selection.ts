import { createBoundedMemo } from './bounded-memo.js'
import type { FaceGroup } from './face-group.js'
import { createMatcher } from './matcher.js'
import { createOrderings, type Ordering } from './ordering.js'
import { defaultListQuery, formatListQuery, type ListQuery } from './query.js'
import { visibilityOf } from './visibility.js'

/** Whom a selection is for. */
export interface Viewer {
  /** Patterns of the ids the caller may see; `null` for all. */
  readonly patterns: readonly string[] | null
  /** Equal for viewers who may see the same. */
  readonly name: string
}

/** About sixteen selections, at four bytes a group. */
const rememberedBytesPerGroup = 64

/**
 * Returns what selects the groups that a query finds and the viewer may see, in order. A selection is made once
 * and remembered, so that neither the next page nor the same search again costs more in a longer list.
 */
export function createSelector(groups: readonly FaceGroup[]): (query: ListQuery, viewer: Viewer) => Ordering {
  const orderingOf = createOrderings(groups)
  const matcherOf = createMatcher(groups)
  const remembered = createBoundedMemo<Uint32Array>({
    maxWeight: 2 ** 20 + groups.length * rememberedBytesPerGroup,
    weigh: (indices) => indices.byteLength + 128,
  })

  function visible({ sort }: ListQuery, viewer: Viewer): Uint32Array {
    const { indices } = orderingOf(sort)
    const { patterns } = viewer
    if (patterns === null) return indices
    return remembered.get(keyOf({ ...defaultListQuery, sort }, viewer), () => {
      const isVisible = visibilityOf(patterns)
      return indices.filter((index) => isVisible(groups[index]?.id ?? null))
    })
  }

  return (query, viewer) => {
    const { keys } = orderingOf(query.sort)
    const candidates = visible(query, viewer)
    const matches = matcherOf(query)
    if (!matches) return { indices: candidates, keys }
    const key = keyOf({ ...query, limit: defaultListQuery.limit }, viewer)
    return { indices: remembered.get(key, () => candidates.filter(matches)), keys }
  }
}

function keyOf(query: ListQuery, { name }: Viewer): string {
  return `${name}?${formatListQuery(query, null)}`
}
