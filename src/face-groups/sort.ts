import { z } from 'zod'
import type { IndexedGroup } from './indexed-group.js'

/** What a group is sorted by; `null` where it has no value. */
export type SortKey = string | number | null

/** Text is sorted by its first 1024 UTF-16 units, which keeps a cursor short enough for a URL. */
const maxKeyLength = 1024

interface SortField<Key extends SortKey> {
  readonly keyOf: (entry: IndexedGroup) => Key
  /** Validates a key that comes back in a cursor; must accept every key that `keyOf` returns. */
  readonly keySchema: z.ZodType<Key>
}

const textKey = z.string().max(maxKeyLength)

/** One row per field that the list can be sorted by. */
const sortFields = {
  createdAt: field(z.int().nullable(), ({ createdAtMs }) => createdAtMs),
  name: field(textKey, ({ group }) => group.name.slice(0, maxKeyLength)),
  id: field(textKey.nullable(), ({ group }) => group.id?.slice(0, maxKeyLength) ?? null),
}

function field<Key extends SortKey>(
  keySchema: z.ZodType<Key>,
  keyOf: (entry: IndexedGroup) => Key,
): SortField<SortKey> {
  return { keySchema, keyOf }
}

export interface Sort {
  readonly field: keyof typeof sortFields
  readonly descending: boolean
}

export const sortFieldNames = Object.keys(sortFields) as readonly Sort['field'][]

/** Parses `createdAt`, `-name`, …; `undefined` for anything else. */
export function parseSort(text: string): Sort | undefined {
  const descending = text.startsWith('-')
  const name = descending ? text.slice(1) : text
  const field = sortFieldNames.find((candidate) => candidate === name)
  return field && { field, descending }
}

export function formatSort({ field, descending }: Sort): string {
  return descending ? `-${field}` : field
}

/** The sort key of a group. */
export function keyOf({ field }: Sort, entry: IndexedGroup): SortKey {
  return sortFields[field].keyOf(entry)
}

/** Returns `key` if it can be the sort key of a group, else `undefined`. */
export function parseKey({ field }: Sort, key: unknown): SortKey | undefined {
  return sortFields[field].keySchema.safeParse(key).data
}

/** A sorted copy; ties keep their order, whatever the direction. */
export function sortGroups(entries: readonly IndexedGroup[], { field, descending }: Sort): readonly IndexedGroup[] {
  const { keyOf } = sortFields[field]
  return entries.toSorted((a, b) => compareKeys(keyOf(a), keyOf(b), descending))
}

/**
 * Compares keys of one field: times by number, text by UTF-16 code units (equal on every replica, whatever its locale).
 * Groups without a key come last in both directions.
 */
export function compareKeys(a: SortKey, b: SortKey, descending: boolean): number {
  if (a === b) return 0
  if (a === null) return 1
  if (b === null) return -1
  return a < b === descending ? 1 : -1
}
