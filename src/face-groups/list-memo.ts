import { LRUCache } from 'lru-cache'
import { weakMemoize } from '../weak-memoize.js'
import { formatListQuery, type ListQuery } from './query.js'
import type { Viewer } from './visibility.js'

/** All that a list depends on besides the groups. */
export interface ListRequest {
  readonly query: ListQuery
  readonly viewer: Viewer
}

export interface ListMemoOptions<Value> {
  readonly make: (request: ListRequest) => Promise<Value>
  readonly maxBytes: number
  readonly bytesOf: (value: Value) => number
}

/**
 * Remembers what was made for a request in an LRU bounded by bytes. The key is derived from the whole request, and the
 * value is made from the request alone, so a parameter cannot be left out of the key. Concurrent calls for one key
 * share the work; a failure is not remembered.
 */
export function createListMemo<Value extends {}>({ make, maxBytes, bytesOf }: ListMemoOptions<Value>) {
  const remembered = new LRUCache<string, Value>({
    maxSize: maxBytes,
    sizeCalculation: (value, key) => bytesOf(value) + key.length,
  })
  const pending = new Map<string, Promise<Value>>()

  async function makeOnce(key: string, request: ListRequest): Promise<Value> {
    try {
      const value = await make(request)
      remembered.set(key, value)
      return value
    } finally {
      pending.delete(key)
    }
  }

  return async ({ query, viewer }: ListRequest): Promise<Value> => {
    const key = viewer.cacheKey + searchOf(query)
    const value = remembered.get(key)
    if (value !== undefined) return value
    let making = pending.get(key)
    if (!making) {
      making = makeOnce(key, { query, viewer })
      pending.set(key, making)
    }
    return making
  }
}

/** Formatted once per query object: callers keep the parsed query of a URL that they see again. */
const searchOf = weakMemoize((query: ListQuery) => `?${formatListQuery(query)}`)
