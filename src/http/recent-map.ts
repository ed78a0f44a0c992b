/** A bounded memory of what was used most recently. */
export interface RecentMap<V> {
  get(key: string): V | undefined
  set(key: string, value: V): void
  delete(key: string): void
  /** Entries held now; never more than `maxEntries`. */
  readonly size: number
}

/**
 * Keeps at most `maxEntries` (at least 2). Works in two generations: when the young one is full the old one is dropped
 * whole, and what is read from the old one moves to the young. A hit in the young generation writes
 * nothing, which an exact LRU could not say and the request path notices.
 */
export function createRecentMap<V>({ maxEntries }: { maxEntries: number }): RecentMap<V> {
  const half = Math.max(1, Math.floor(maxEntries / 2))
  let young = new Map<string, V>()
  let old = new Map<string, V>()

  function set(key: string, value: V) {
    if (young.size >= half && !young.has(key)) {
      old = young
      young = new Map()
    }
    young.set(key, value)
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
      young.delete(key)
      old.delete(key)
    },
    get size() {
      return young.size + old.size
    },
  }
}
