/** Remembers what was made for a key, up to a total weight; the least recently used is forgotten first. */
export interface BoundedMemo<V> {
  /** What was made for `key`, making it where it is not remembered. */
  get(key: string, make: () => V): V
  has(key: string): boolean
}

export interface BoundedMemoOptions<V> {
  readonly maxWeight: number
  /** In the unit of `maxWeight`. Something heavier than `maxWeight` is not remembered. */
  readonly weigh: (value: V) => number
}

export function createBoundedMemo<V>({ maxWeight, weigh }: BoundedMemoOptions<V>): BoundedMemo<V> {
  const entries = new Map<string, { value: V; weight: number }>()
  let weight = 0
  let latest = ''
  return {
    has: (key) => entries.has(key),
    get(key, make) {
      const known = entries.get(key)
      if (known) {
        // Asked for again and again, it is where it belongs already.
        if (key !== latest) {
          entries.delete(key)
          entries.set(key, known)
          latest = key
        }
        return known.value
      }
      const value = make()
      const entry = { value, weight: weigh(value) + key.length }
      if (entry.weight > maxWeight) return value
      entries.set(key, entry)
      latest = key
      weight += entry.weight
      for (const [oldest, { weight: freed }] of entries) {
        if (weight <= maxWeight) break
        entries.delete(oldest)
        weight -= freed
      }
      return value
    },
  }
}
