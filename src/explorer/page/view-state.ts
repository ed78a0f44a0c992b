import type { ListQuery } from '@face-groups/client'

export type Sort = NonNullable<ListQuery['sort']>

/** What is looked at: kept in the address, so that it can be shared and survives a reload. */
export interface ViewState {
  readonly q: string
  readonly sort: Sort
  readonly limit: number
}

const sorts: readonly Sort[] = ['createdAt', '-createdAt', 'name', '-name', 'id', '-id']
const initial: ViewState = { q: '', sort: '-createdAt', limit: 25 }

export function readViewState(): ViewState {
  const search = new URLSearchParams(location.search)
  const limit = Number(search.get('limit'))
  return {
    q: search.get('q') ?? initial.q,
    sort: sorts.find((sort) => sort === search.get('sort')) ?? initial.sort,
    limit: Number.isInteger(limit) && limit >= 1 && limit <= 1000 ? limit : initial.limit,
  }
}

export function writeViewState(state: ViewState): void {
  const search = new URLSearchParams()
  if (state.q !== initial.q) search.set('q', state.q)
  if (state.sort !== initial.sort) search.set('sort', state.sort)
  if (state.limit !== initial.limit) search.set('limit', String(state.limit))
  const text = search.toString()
  history.replaceState(null, '', text === '' ? location.pathname : `?${text}`)
}

/** The other direction of the column that is sorted by already, else the column ascending. */
export function sortBy(field: string, current: Sort): Sort {
  return sorts.find((sort) => sort === (current === field ? `-${field}` : field)) ?? current
}
