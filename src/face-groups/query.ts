import type { Cursor } from './cursor.js'
import { decodeCursor } from './cursor.js'
import { decodeSearch } from './decode-search.js'
import { parseRfc3339 } from '../timestamp.js'
import { formatSort, parseSort, type Sort } from './sort.js'

const maxLimit = 1000

/** The longest `q` or `modelVersion`, in UTF-16 units: room for the longest id. */
const maxTextLength = 1024

/** What a caller asks of the list. */
export interface ListQuery {
  readonly limit: number
  readonly sort: Sort
  readonly cursor: Cursor | null
  /** Substring of id, name or description, without case; empty finds everything. */
  readonly q: string
  /** Exact; `null` for any. */
  readonly modelVersion: string | null
  /** Unix milliseconds, inclusive. */
  readonly createdAfter: number | null
  /** Unix milliseconds, exclusive. */
  readonly createdBefore: number | null
}

/** One thing wrong with a query string. */
export interface QueryFault {
  readonly parameter: string
  readonly detail: string
}

export type ParsedListQuery =
  | { readonly ok: true; readonly query: ListQuery }
  | { readonly ok: false; readonly faults: readonly QueryFault[] }

/** What an empty query string asks for. Compared by identity on the hot path. */
export const defaultListQuery: ListQuery = Object.freeze({
  limit: 100,
  sort: Object.freeze({ field: 'createdAt', descending: false }),
  cursor: null,
  q: '',
  modelVersion: null,
  createdAfter: null,
  createdBefore: null,
})

/**
 * Reads a URL's query string, with or without its `?`. Strict: an unknown, repeated or malformed parameter
 * is a fault, and every fault is told at once. Never throws.
 */
export function parseListQuery(search: string): ParsedListQuery {
  if (search === '' || search === '?') return { ok: true, query: defaultListQuery }
  const { values, faults } = decodeSearch(search, Object.keys(readers))
  const query: Draft = { ...defaultListQuery }
  for (const [parameter, read] of Object.entries(readers)) {
    const text = values.get(parameter)
    const detail = text === undefined ? null : read(text, query)
    if (detail !== null) faults.push({ parameter, detail })
  }
  const { cursor, sort } = query
  if (cursor && faults.length === 0 && formatSort(cursor.sort) !== formatSort(sort)) {
    const detail = `was made for sort=${formatSort(cursor.sort)}, not for sort=${formatSort(sort)}`
    faults.push({ parameter: 'cursor', detail })
  }
  return faults.length > 0 ? { ok: false, faults } : { ok: true, query }
}

/** The canonical query string of a query, without `?`: equal for queries that ask the same. */
export function formatListQuery(query: ListQuery, cursor: string | null): string {
  const search = new URLSearchParams()
  if (query.limit !== defaultListQuery.limit) search.set('limit', String(query.limit))
  const sort = formatSort(query.sort)
  if (sort !== formatSort(defaultListQuery.sort)) search.set('sort', sort)
  if (query.q !== '') search.set('q', query.q)
  if (query.modelVersion !== null) search.set('modelVersion', query.modelVersion)
  if (query.createdAfter !== null) search.set('createdAfter', new Date(query.createdAfter).toISOString())
  if (query.createdBefore !== null) search.set('createdBefore', new Date(query.createdBefore).toISOString())
  if (cursor !== null) search.set('cursor', cursor)
  return search.toString()
}

type Draft = { -readonly [K in keyof ListQuery]: ListQuery[K] }

/** Each writes its value into the draft, or returns what is wrong with the text. */
const readers: Record<keyof ListQuery, (text: string, draft: Draft) => string | null> = {
  limit(text, draft) {
    draft.limit = /^[1-9]\d{0,3}$/.test(text) ? Number(text) : 0
    return draft.limit >= 1 && draft.limit <= maxLimit ? null : `must be a whole number from 1 to ${maxLimit}`
  },
  sort(text, draft) {
    const sort = parseSort(text)
    draft.sort = sort ?? draft.sort
    return sort ? null : 'must be createdAt, name or id, with a leading "-" for descending'
  },
  cursor(text, draft) {
    draft.cursor = decodeCursor(text)
    return draft.cursor ? null : 'is not a cursor of this list; take it from page.nextCursor unchanged'
  },
  q(text, draft) {
    draft.q = text
    return text.length <= maxTextLength ? null : `must not be longer than ${maxTextLength} characters`
  },
  modelVersion(text, draft) {
    draft.modelVersion = text
    return text.length <= maxTextLength ? null : `must not be longer than ${maxTextLength} characters`
  },
  createdAfter(text, draft) {
    draft.createdAfter = parseRfc3339(text)
    return draft.createdAfter === null ? explainDateTime(text) : null
  },
  createdBefore(text, draft) {
    draft.createdBefore = parseRfc3339(text)
    return draft.createdBefore === null ? explainDateTime(text) : null
  },
}

function explainDateTime(text: string): string {
  const rule = 'must be an RFC 3339 date-time such as 2026-01-27T06:19:01Z'
  const plusWasLost = text.includes(' ') && parseRfc3339(text.replace(' ', '+')) !== null
  return plusWasLost ? `${rule}; a "+" in a query string means a blank, write %2B` : rule
}
