import { LRUCache } from 'lru-cache'
import { weakMemoize } from '../weak-memoize.js'
import { chunksOf } from './face-group.js'
import type { IndexedGroup } from './indexed-group.js'
import { defaultListQuery, formatListQuery, type ListQuery, matcherOf } from './query.js'
import { sortGroups } from './sort.js'
import { unrestricted, type Viewer } from './visibility.js'

/** Everything that a list depends on besides the groups. */
export interface ListRequest {
  readonly query: ListQuery
  readonly viewer: Viewer
}

/** Formatted once per query object; the default query is the most frequent. */
const searchOf = weakMemoize((query: ListQuery) => `?${formatListQuery(query)}`)

/**
 * Wraps `make` so that its results are remembered, in an LRU of at most `maxBytes`. The key is derived from the whole
 * request, and the result is made from the request alone, so a parameter cannot be left out of the key. Concurrent
 * calls for one key share the work; a failure is not remembered.
 */
export function memoize<Value extends {}>(
  make: (request: ListRequest) => Promise<Value>,
  { maxBytes, bytesOf }: { readonly maxBytes: number; readonly bytesOf: (value: Value) => number },
): (request: ListRequest) => Promise<Value> {
  const remembered = new LRUCache<string, Value>({
    maxSize: maxBytes,
    sizeCalculation: (value, key) => bytesOf(value) + key.length,
  })
  const pending = new Map<string, Promise<Value>>()

  async function makeAndRemember(key: string, request: ListRequest): Promise<Value> {
    try {
      const value = await make(request)
      remembered.set(key, value)
      return value
    } finally {
      pending.delete(key)
    }
  }

  return async (request) => {
    const key = request.viewer.cacheKey + searchOf(request.query)
    const value = remembered.get(key)
    if (value !== undefined) return value
    const making = pending.get(key) ?? makeAndRemember(key, request)
    pending.set(key, making)
    return making
  }
}

type Selection = readonly IndexedGroup[]

/**
 * Returns a function that resolves to the groups that match a query and that the viewer may see, in order, whatever its
 * `limit` and `cursor`. Selections are remembered, so neither the next page nor the same search again takes longer in a
 * longer list.
 */
export function createSelect(entries: Selection): (request: ListRequest) => Promise<Selection> {
  let lastScan: Promise<unknown> = Promise.resolve()

  /** One scan at a time: a hundred interleaved scans would delay the event loop by a hundred chunks in a row. */
  function scan(rows: Selection, test: (entry: IndexedGroup) => boolean, rowsPerYield?: number): Promise<Selection> {
    const result = lastScan.then(async () => {
      const found: IndexedGroup[] = []
      for await (const chunk of chunksOf(rows, rowsPerYield)) found.push(...chunk.filter(test))
      return found
    })
    lastScan = result.catch(() => undefined)
    return result
  }

  async function make({ query, viewer }: ListRequest): Promise<Selection> {
    const unfiltered = { ...defaultListQuery, sort: query.sort }
    const matches = matcherOf(query)
    if (matches) return scan(await select({ query: unfiltered, viewer }), matches)
    if (viewer === unrestricted) return sortGroups(entries, query.sort)
    const all = await select({ query: unfiltered, viewer: unrestricted })
    return scan(all, ({ group }) => viewer.isVisible(group.id), viewer.rowsPerYield)
  }

  const select = memoize(make, { maxBytes: 16 * 2 ** 20, bytesOf: ({ length }) => 8 * length + 128 })
  return ({ query, viewer }) => {
    const { limit, cursor } = defaultListQuery
    return select({ query: { ...query, limit, cursor }, viewer })
  }
}
