import { maxKeyLength } from './cursor.js'
import type { GroupList } from './group-list.js'
import { compareKeys, formatSort, type Sort, type SortField, type SortKey } from './sort.js'
import { sortedIndices } from './sort-steps.js'
import { atOnce, forEachIndex, type Steps } from './steps.js'

/** Groups in one order. */
export interface Ordering {
  /** Indices into the vendor's order. */
  readonly indices: Uint32Array
  /** Sort key by index into the vendor's order. */
  readonly keys: readonly SortKey[]
}

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
  const keys = new Map<SortField, readonly SortKey[]>()
  const orderings = new Map<string, Ordering & { readonly sort: Sort }>()

  function* keysOf(field: SortField): Steps<readonly SortKey[]> {
    const known = keys.get(field)
    if (known) return known
    const made: SortKey[] = []
    yield* forEachIndex(groups.length, (index) => made.push(keyReaders[field](groups, index)))
    keys.set(field, made)
    return made
  }

  function* order(sort: Sort): Steps<Ordering> {
    const { field, descending } = sort
    const fieldKeys = yield* keysOf(field)
    const compare = (a: number, b: number) => compareKeys(fieldKeys[a]!, fieldKeys[b]!, descending)
    const ordering = { sort, indices: yield* sortedIndices(groups.length, compare), keys: fieldKeys }
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

const keyReaders: Record<SortField, (groups: GroupList, index: number) => SortKey> = {
  createdAt: ({ moments }, index) => (Number.isNaN(moments[index]) ? null : moments[index]!),
  name: (groups, index) => groups.at(index).name.slice(0, maxKeyLength),
  id: ({ ids }, index) => ids[index]?.slice(0, maxKeyLength) ?? null,
}
