import { maxKeyLength } from './cursor.js'
import type { GroupList } from './group-list.js'
import { compareKeys, formatSort, type Sort, type SortField, type SortKey } from './sort.js'
import { type Compare, sortedIndices } from './sort-steps.js'
import { atOnce, forEachIndex, type Steps } from './steps.js'

/** Groups in one order. */
export interface Ordering {
  /** Indices into the vendor's order. */
  readonly indices: Uint32Array
  readonly keyAt: KeyReader
}

/** The sort key of the group at an index of the vendor's order. */
type KeyReader = (index: number) => SortKey

export interface Orderings {
  /** The order for `sort`, made at once where it has not been. */
  of(sort: Sort): Ordering
  /** Those made so far. */
  made(): readonly Sort[]
  /** Makes those of `sorts` that have not been made. */
  prepare(sorts: readonly Sort[]): Steps<void>
}

/**
 * The orders of `groups`, each made once. Ties keep the vendor's order in both directions. Text is compared by its
 * first `maxKeyLength` UTF-16 units.
 */
export function createOrderings(groups: GroupList): Orderings {
  const orderings = new Map<string, Ordering & { readonly sort: Sort }>()
  let names: readonly string[] | undefined

  function* keyReader(field: SortField): Steps<KeyReader> {
    if (field === 'id') return (index) => groups.idAt(index)?.slice(0, maxKeyLength) ?? null
    if (field === 'createdAt') return (index) => (Number.isNaN(groups.momentAt(index)) ? null : groups.momentAt(index))
    const made = (names ??= yield* readNames())
    return (index) => made[index]!
  }

  /** Names are only in the lines, where reading them takes too long to compare by. */
  function* readNames(): Steps<readonly string[]> {
    const made: string[] = []
    yield* forEachIndex(groups.length, (index) => made.push(groups.at(index).name.slice(0, maxKeyLength)))
    return made
  }

  /** Numbers next to each other: a comparison of keys, each looked up in its block, takes ten times as long. */
  function* compareMoments(descending: boolean): Steps<Compare> {
    const ranks = new Float64Array(groups.length)
    yield* forEachIndex(groups.length, (index) => {
      const moment = groups.momentAt(index)
      ranks[index] = Number.isNaN(moment) ? Number.MAX_VALUE : descending ? -moment : moment
    })
    return (a, b) => ranks[a]! - ranks[b]!
  }

  function* order(sort: Sort): Steps<Ordering> {
    const { field, descending } = sort
    const keyAt = yield* keyReader(field)
    const compareAny: Compare = (a, b) => compareKeys(keyAt(a), keyAt(b), descending)
    const compare = field === 'createdAt' ? yield* compareMoments(descending) : compareAny
    const ordering = { sort, indices: yield* sortedIndices(groups.length, compare), keyAt }
    orderings.set(formatSort(sort), ordering)
    return ordering
  }

  return {
    of: (sort) => orderings.get(formatSort(sort)) ?? atOnce(order(sort)),
    made: () => [...orderings.values()].map(({ sort }) => sort),
    *prepare(sorts) {
      for (const sort of sorts) if (!orderings.has(formatSort(sort))) yield* order(sort)
    },
  }
}
