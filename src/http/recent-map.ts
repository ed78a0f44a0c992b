/** A bounded memory of what was used most recently. */
export interface RecentMap<V> {
  get(key: string): V | undefined
  set(key: string, value: V): void
  delete(key: string): void
  /** Entries held now; never more than `maxEntries`. */
  readonly size: number
}

export interface RecentMapOptions<V> {
  /** At least 2. */
  readonly maxEntries: number
  /** Of all entries, in the unit of `weigh`; something heavier than half of it is kept until the next comes. Default: no bound. */
  readonly maxWeight?: number
  /** Must be the same for an entry each time. */
  readonly weigh?: (value: V, key: string) => number
}

/**
 * Keeps at most `maxEntries`, and at most `maxWeight`. Works in two generations: when the young one is full the old one is dropped
 * whole, and what is read from the old one moves to the young. A hit in the young generation writes
 * nothing, which an exact LRU could not say and the request path notices.
 */
export function createRecentMap<V>(options: RecentMapOptions<V>): RecentMap<V> {
  const { maxEntries, maxWeight = Infinity, weigh = () => 0 } = options
  const half = Math.max(1, Math.floor(maxEntries / 2))
  let young = new Map<string, V>()
  let old = new Map<string, V>()
  let youngWeight = 0

  function set(key: string, value: V) {
    let known = young.get(key)
    const weight = weigh(value, key)
    const isFull = young.size >= half && known === undefined
    if (isFull || youngWeight - (known === undefined ? 0 : weigh(known, key)) + weight > maxWeight / 2) {
      old = young
      young = new Map()
      youngWeight = 0
      known = undefined
    }
    young.set(key, value)
    youngWeight += weight - (known === undefined ? 0 : weigh(known, key))
  }

  return {
    get(key) {
      const value = young.get(key)
      if (value !== undefined || old.size === 0) return value
      const aged = old.get(key)
      if (aged !== undefined) set(key, aged)
      return aged
    },
    set,
    delete(key) {
      const known = young.get(key)
      if (known !== undefined) youngWeight -= weigh(known, key)
      young.delete(key)
      old.delete(key)
    },
    get size() {
      return young.size + old.size
    },
  }
}
