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
    const indices = yield* sortedIndices(keys, sort.descending)
    const ordering = { sort, indices, keyAt: this.#keyReader(sort.field) }
    this.#made.set(formatSort(sort), ordering)
    return ordering
  }

  #keyReader(field: SortField): KeyReader {
    const groups = this.#groups
    const names = this.#names ?? []
    if (field === 'id') return (index) => groups.idAt(index)?.slice(0, maxKeyLength) ?? null
    if (field === 'createdAt') return (index) => (Number.isNaN(groups.momentAt(index)) ? null : groups.momentAt(index))
    return (index) => names[index]!
  }

  /** Next to each other: looked up for each comparison, each in its block, keys take ten times as long to sort by. */
  *#keysOf({ field, descending }: Sort): Steps<SortKeys> {
    if (field === 'name') return (this.#names ??= yield* this.#readNames())
    const { length } = this.#groups
    const moments = new Float64Array(field === 'createdAt' ? length : 0)
    const ids: (string | null)[] = []
    for (let index = 0; index < length; index += 1) {
      if (field === 'id') ids.push(this.#groups.idAt(index)?.slice(0, maxKeyLength) ?? null)
      else {
        const moment = this.#groups.momentAt(index)
        // Groups without one come last in both directions.
        moments[index] = !Number.isNaN(moment) ? moment : descending ? -Infinity : Infinity
      }
      if (index % groupsPerStep === 0) yield
    }
    return field === 'id' ? ids : moments
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
