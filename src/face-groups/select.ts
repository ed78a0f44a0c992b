import { LRUCache } from 'lru-cache'
import { chunksOf, type IndexedGroup } from './face-group.js'
import { defaultListQuery, formatListQuery, type ListQuery, matcherOf } from './query.js'
import { sortGroups } from './sort.js'
import { unrestricted, type Viewer } from './visibility.js'

/** Everything that a list depends on besides the groups. */
export interface ListRequest {
  readonly query: ListQuery
  readonly viewer: Viewer
}

/**
 * Wraps `make` so that its results are remembered, in an LRU of at most 16 MiB. The key is derived from the whole
 * request, and the result is made from the request alone, so a parameter cannot be left out of the key. Concurrent
 * calls for one key share the work; a failure is not remembered.
 */
export function memoize<Value extends {}>(
  make: (request: ListRequest) => Promise<Value>,
  bytesOf: (value: Value) => number,
): (request: ListRequest) => Promise<Value> {
  const results = new LRUCache<string, Value, ListRequest>({
    maxSize: 16 * 2 ** 20,
    sizeCalculation: (value, key) => bytesOf(value) + key.length,
    fetchMethod: (_key, _stale, { context }) => make(context),
    // A result that is evicted before it is ready is still returned.
    ignoreFetchAbort: true,
  })
  return async (request) => {
    // The default query is the most frequent.
    const search = request.query === defaultListQuery ? '' : formatListQuery(request.query)
    const key = `${request.viewer.cacheKey}?${search}`
    return results.get(key) ?? results.forceFetch(key, { context: request })
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

  const select = memoize(make, ({ length }) => 8 * length + 128)
  const { limit, cursor } = defaultListQuery
  return ({ query, viewer }) => select({ query: { ...query, limit, cursor }, viewer })
}
