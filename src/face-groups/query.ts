import { foldText, type IndexedGroup } from './face-group.js'
import { type Cursor, decodeCursor, encodeCursor } from './page.js'
import { parseRfc3339 } from '../timestamp.js'
import { decodeSearch, type QueryFault } from './search-params.js'
import { formatSort, parseSort, type Sort, sortFieldNames } from './sort.js'

/** What a caller requests of the list. */
export interface ListQuery {
  readonly limit: number
  readonly sort: Sort
  readonly cursor: Cursor | null
  /** Substring of id, name or description, without case; empty matches everything. */
  readonly q: string
  /** Exact; `null` for any. */
  readonly modelVersion: string | null
  /** Unix milliseconds, inclusive. */
  readonly createdAfter: number | null
  /** Unix milliseconds, exclusive. */
  readonly createdBefore: number | null
}

/** What an empty query string requests. */
export const defaultListQuery: ListQuery = Object.freeze({
  limit: 100,
  sort: Object.freeze({ field: 'createdAt', descending: false }),
  cursor: null,
  q: '',
  modelVersion: null,
  createdAfter: null,
  createdBefore: null,
})

type Matcher = (entry: IndexedGroup) => boolean

interface Parameter<Value> {
  /** `undefined` where the text is not valid. */
  parse(text: string): Value | undefined
  /** What is wrong with a text that is not valid, as a caller reads it. */
  readonly rule: string
  /** Equal for equal values, different for different ones; `null` for none. `parse` reads it back to an equal value. */
  format(value: Value): string | null
  /** For a filter: tests a group; `null` where the value matches every group. */
  readonly matcher?: (value: Value) => Matcher | null
}

const maxLimit = 1000

/** The longest `q` or `modelVersion` in UTF-16 units: as long as the longest id. */
const maxTextLength = 1024

const textParameter = {
  parse: (text: string) => (text.length <= maxTextLength ? text : undefined),
  rule: `must not be longer than ${maxTextLength} characters`,
  format: (value: string | null) => value,
}

const timeParameter = {
  parse: (text: string) => parseRfc3339(text) ?? undefined,
  rule: 'must be an RFC 3339 date-time such as 2026-01-27T06:19:01Z',
  format: (value: number | null) => (value === null ? null : new Date(value).toISOString()),
}

/**
 * One row per query parameter. Parsing, the canonical query string, the key of every remembered page and the filters
 * are made by iterating it, so none of them can leave a parameter out.
 */
const parameters: { readonly [Name in keyof ListQuery]: Parameter<ListQuery[Name]> } = {
  limit: {
    parse: (text) => (/^[1-9]\d{0,3}$/.test(text) && Number(text) <= maxLimit ? Number(text) : undefined),
    rule: `must be a whole number from 1 to ${maxLimit}`,
    format: String,
  },
  sort: {
    parse: parseSort,
    rule: `must be one of ${sortFieldNames.join(', ')}, with a leading "-" for descending`,
    format: formatSort,
  },
  q: {
    ...textParameter,
    matcher(value) {
      const folded = foldText(value)
      return folded === '' ? null : ({ searchTexts }) => searchTexts.some((text) => text.includes(folded))
    },
  },
  modelVersion: {
    ...textParameter,
    matcher: (value) => (value === null ? null : ({ group }) => group.modelVersion === value),
  },
  createdAfter: {
    ...timeParameter,
    matcher: (from) => (from === null ? null : ({ createdAtMs }) => createdAtMs !== null && createdAtMs >= from),
  },
  createdBefore: {
    ...timeParameter,
    matcher: (end) => (end === null ? null : ({ createdAtMs }) => createdAtMs !== null && createdAtMs < end),
  },
  cursor: {
    parse: decodeCursor,
    rule: 'is not a cursor of this list; take it from page.nextCursor unchanged',
    format: (value) => value && encodeCursor(value),
  },
}

const parameterNames = Object.keys(parameters) as readonly (keyof ListQuery)[]

/**
 * Parses a URL's query string, with or without its `?`. Strict: an unknown, repeated or malformed parameter is a fault,
 * and all faults are returned together, in place of the query. Returns `defaultListQuery` itself for an empty one.
 * Never throws.
 */
export function parseListQuery(search: string): ListQuery | QueryFault[] {
  if (search === '' || search === '?') return defaultListQuery
  const { values, faults } = decodeSearch(search, parameterNames)
  const query = { ...defaultListQuery }
  for (const name of parameterNames) {
    const text = values.get(name)
    if (text === undefined) continue
    const parameter = parameters[name]
    const value = parameter.parse(text)
    if (value !== undefined) Object.assign(query, { [name]: value })
    else {
      const plusWasLost = parameter.parse(text.replace(' ', '+')) !== undefined
      const hint = plusWasLost ? '; a "+" in a query string means a space, write %2B' : ''
      faults.push({ parameter: name, detail: parameter.rule + hint })
    }
  }
  const { cursor, sort } = query
  if (cursor && faults.length === 0 && formatSort(cursor.sort) !== formatSort(sort)) {
    const detail = `was made for sort=${formatSort(cursor.sort)}, not for sort=${formatSort(sort)}`
    faults.push({ parameter: 'cursor', detail })
  }
  return faults.length > 0 ? faults : query
}

/** The canonical query string, without `?`: equal for queries that request the same, different for all others. */
export function formatListQuery(query: ListQuery): string {
  const search = new URLSearchParams()
  for (const name of parameterNames) {
    const text = formatValue(name, query[name])
    if (text !== null && text !== formatValue(name, defaultListQuery[name])) search.set(name, text)
  }
  return search.toString()
}

function formatValue<Name extends keyof ListQuery>(name: Name, value: ListQuery[Name]): string | null {
  return parameters[name].format(value)
}

/** The filters of the query as one test; `null` if it has none. */
export function matcherOf(query: ListQuery): Matcher | null {
  const matchers = parameterNames.flatMap((name) => matcherOfValue(name, query[name]) ?? [])
  return matchers.length === 0 ? null : (entry) => matchers.every((matches) => matches(entry))
}

function matcherOfValue<Name extends keyof ListQuery>(name: Name, value: ListQuery[Name]) {
  return parameters[name].matcher?.(value)
}
