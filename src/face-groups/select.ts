import { chunksOf, type IndexedGroup } from './indexed-group.js'
import { createListMemo, type ListRequest } from './list-memo.js'
import { defaultListQuery, matcherOf } from './query.js'
import { sortGroups } from './sort.js'
import { unrestricted } from './visibility.js'

type Selection = readonly IndexedGroup[]

const maxSelectionBytes = 16 * 2 ** 20

/**
 * Returns a function that resolves to the groups that match a query and that the viewer may see, in order; `limit` and
 * `cursor` are ignored. Selections are remembered, so neither the next page nor the same search again takes longer in a
 * longer list.
 */
export function createSelect(entries: Selection): (request: ListRequest) => Promise<Selection> {
  let lastScan: Promise<unknown> = Promise.resolve()

  /** One scan at a time: a hundred interleaved ones would make the event loop wait for a hundred chunks in a row. */
  function scan(rows: Selection, test: (entry: IndexedGroup) => boolean, rowsPerYield?: number): Promise<Selection> {
    const result = lastScan.then(() => filter(rows, test, rowsPerYield))
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

  const bytesOf = ({ length }: Selection): number => 8 * length + 128
  const select = createListMemo<Selection>({ make, bytesOf, maxBytes: maxSelectionBytes })
  return select
}

async function filter(
  rows: Selection,
  test: (entry: IndexedGroup) => boolean,
  rowsPerYield?: number,
): Promise<Selection> {
  const found: IndexedGroup[] = []
  for await (const chunk of chunksOf(rows, rowsPerYield)) found.push(...chunk.filter(test))
  return found
}
