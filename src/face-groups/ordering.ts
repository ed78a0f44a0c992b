import { maxKeyLength } from './cursor.js'
import type { GroupList } from './group-list.js'
import { formatSort, type Sort, type SortField, type SortKey } from './sort.js'
import { type SortKeys, sortedIndices } from './sort-steps.js'
import { atOnce, groupsPerStep, type Steps } from './steps.js'

/** Groups in one order. */
export interface Ordering {
  /** Indices into the vendor's order. */
  readonly indices: Uint32Array
  readonly keyAt: KeyReader
}

/** The sort key of the group at an index of the vendor's order. */
type KeyReader = (index: number) => SortKey

/**
 * The orders of `groups`, each made once. Ties keep the vendor's order in both directions. Text is compared by its
 * first `maxKeyLength` UTF-16 units.
 */
export class Orderings {
  readonly #groups: GroupList
  readonly #made = new Map<string, Ordering & { readonly sort: Sort }>()
  #names: readonly string[] | undefined

  constructor(groups: GroupList) {
    this.#groups = groups
  }

  /** The order for `sort`, made at once where it has not been. */
  of(sort: Sort): Ordering {
    return this.#made.get(formatSort(sort)) ?? atOnce(this.#make(sort))
  }

  has(sort: Sort): boolean {
    return this.#made.has(formatSort(sort))
  }

  /** Those made so far. */
  made(): readonly Sort[] {
    return [...this.#made.values()].map(({ sort }) => sort)
  }

  /** Makes those of `sorts` that have not been made. */
  *prepare(sorts: readonly Sort[]): Steps<void> {
    for (const sort of sorts) if (!this.#made.has(formatSort(sort))) yield* this.#make(sort)
  }

  *#make(sort: Sort): Steps<Ordering> {
    const keys = yield* this.#keysOf(sort)
    const ordering = { sort, indices: yield* sortedIndices(keys, sort), keyAt: this.#keyReader(sort.field, keys) }
    this.#made.set(formatSort(sort), ordering)
    return ordering
  }

  /** Of the keys only names are kept, for the list has no column of them. */
  #keyReader(field: SortField, keys: SortKeys): KeyReader {
    const groups = this.#groups
    if (field === 'name') return (index) => keys[index]!
    if (field === 'id') return (index) => idKey(groups, index)
    return (index) => (Number.isNaN(groups.momentAt(index)) ? null : groups.momentAt(index))
  }

  /** Next to each other: looked up for each comparison, each in its block, keys take far longer to sort by. */
  *#keysOf({ field, descending }: Sort): Steps<SortKeys> {
    if (field === 'name') return (this.#names ??= yield* this.#readNames())
    if (field === 'id') return yield* this.#readIds()
    return yield* this.#readMoments(descending ? -Infinity : Infinity)
  }

  /** Groups without one come last: with what is last in the direction. */
  *#readMoments(last: number): Steps<Float64Array> {
    const moments = new Float64Array(this.#groups.length)
    for (let index = 0; index < moments.length; index += 1) {
      const moment = this.#groups.momentAt(index)
      moments[index] = Number.isNaN(moment) ? last : moment
      if (index % groupsPerStep === 0) yield
    }
    return moments
  }

  *#readIds(): Steps<readonly (string | null)[]> {
    const ids: (string | null)[] = []
    for (let index = 0; index < this.#groups.length; index += 1) {
      ids.push(idKey(this.#groups, index))
      if (index % groupsPerStep === 0) yield
    }
    return ids
  }

  /** Names are only in the lines, where reading them takes too long to compare by. */
  *#readNames(): Steps<readonly string[]> {
    const names: string[] = []
    for (let index = 0; index < this.#groups.length; index += 1) {
      names.push(this.#groups.at(index).name.slice(0, maxKeyLength))
      if (index % groupsPerStep === 0) yield
    }
    return names
  }
}

function idKey(groups: GroupList, index: number): string | null {
  return groups.idAt(index)?.slice(0, maxKeyLength) ?? null
}
