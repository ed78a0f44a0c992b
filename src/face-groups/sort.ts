import { z } from 'zod'
import type { IndexedGroup } from './face-group.js'

/** What a group is sorted by; `null` if it has no value. */
export type SortKey = string | number | null

export interface Sort {
  readonly field: keyof typeof sortFields
  readonly descending: boolean
}

/** Text is sorted by its first 1024 UTF-16 units, which keeps a cursor short enough for a URL. */
const maxKeyLength = 1024
const text = z.string().max(maxKeyLength)

/**
 * One row per field that the list can be sorted by: `keyOf` returns the sort key of a group, and `parse` returns a key
 * that comes back in a cursor, or `undefined` for what cannot be one.
 */
export const sortFields = {
  createdAt: row(z.int().nullable(), ({ createdAtMs }) => createdAtMs),
  name: row(text, ({ group }) => group.name.slice(0, maxKeyLength)),
  id: row(text.nullable(), ({ group }) => group.id?.slice(0, maxKeyLength) ?? null),
}

/** `schema` must accept every key that `keyOf` returns; the compiler checks the type. */
function row<Key extends SortKey>(schema: z.ZodType<Key>, keyOf: (entry: IndexedGroup) => Key) {
  return { parse: (key: unknown): SortKey | undefined => schema.safeParse(key).data, keyOf }
}

export const sortFieldNames = Object.keys(sortFields) as readonly Sort['field'][]

/** Parses `createdAt`, `-name`, …; `undefined` for anything else. */
export function parseSort(text: string): Sort | undefined {
  const field = sortFieldNames.find((name) => name === text.replace(/^-/, ''))
  return field && { field, descending: text.startsWith('-') }
}

export function formatSort({ field, descending }: Sort): string {
  return descending ? `-${field}` : field
}

/** A sorted copy; ties keep their order, whatever the direction. */
export function sortGroups(entries: readonly IndexedGroup[], sort: Sort): readonly IndexedGroup[] {
  const keys = entries.map<SortKey>(sortFields[sort.field].keyOf)
  const order = [...keys.keys()].toSorted((a, b) => compareKeys(keys[a]!, keys[b]!, sort))
  return order.map((at) => entries[at]!)
}

/**
 * Compares keys of one field: times by number, text by UTF-16 code units (equal on every replica, whatever its locale).
 * Groups without a key come last in both directions.
 */
export function compareKeys(a: SortKey, b: SortKey, { descending }: Sort): number {
  if (a === b) return 0
  if (a === null) return 1
  if (b === null) return -1
  return a < b === descending ? 1 : -1
}
