import { maxKeyLength } from './cursor.js'
import type { FaceGroup } from './face-group.js'
import { compareKeys, type Sort, type SortField, type SortKey } from './sort.js'

/** Groups in one order. */
export interface Ordering {
  /** Indices into the vendor's order. */
  readonly indices: Uint32Array
  /** Sort key by index into the vendor's order. */
  readonly keys: readonly SortKey[]
}

/**
 * The orders of `groups`, each made once and when it is first asked for. Ties keep the vendor's order in both
 * directions. Text is compared by its first `maxKeyLength` UTF-16 units.
 */
export function createOrderings(groups: readonly FaceGroup[]): (sort: Sort) => Ordering {
  const keys = new Map<SortField, readonly SortKey[]>()
  const orderings = new Map<string, Ordering>()
  function keysOf(field: SortField): readonly SortKey[] {
    const made = keys.get(field) ?? groups.map(keyReaders[field])
    keys.set(field, made)
    return made
  }
  return ({ field, descending }) => {
    const name = `${field} ${descending}`
    const made = orderings.get(name) ?? order(keysOf(field), descending)
    orderings.set(name, made)
    return made
  }
}

const keyReaders: Record<SortField, (group: FaceGroup) => SortKey> = {
  createdAt: ({ createdAt }) => (createdAt === null ? null : Date.parse(createdAt)),
  name: ({ name }) => name.slice(0, maxKeyLength),
  id: ({ id }) => id?.slice(0, maxKeyLength) ?? null,
}

function order(keys: readonly SortKey[], descending: boolean): Ordering {
  // An array, for its sort is fast on what is in order already, as the vendor's lists mostly are.
  const indices = [...keys.keys()]
  indices.sort((a, b) => compareKeys(keys[a]!, keys[b]!, descending))
  return { indices: Uint32Array.from(indices), keys }
}
