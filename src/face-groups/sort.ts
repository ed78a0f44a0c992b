const sortFields = ['createdAt', 'name', 'id'] as const

export type SortField = (typeof sortFields)[number]

export interface Sort {
  readonly field: SortField
  readonly descending: boolean
}

/** What a group is sorted by: Unix milliseconds for `createdAt`, else text; `null` where it has none. */
export type SortKey = string | number | null

/** Reads `createdAt`, `-name`, …; `null` for anything else. */
export function parseSort(text: string): Sort | null {
  const descending = text.startsWith('-')
  const name = descending ? text.slice(1) : text
  const field = sortFields.find((candidate) => candidate === name)
  return field ? { field, descending } : null
}

export function formatSort({ field, descending }: Sort): string {
  return descending ? `-${field}` : field
}

/**
 * Orders keys of one field: moments by time, text by UTF-16 code units (the same on every replica, whatever
 * its locale data). Groups without a key come last in both directions.
 */
export function compareKeys(a: SortKey, b: SortKey, descending: boolean): number {
  if (a === b) return 0
  if (a === null) return 1
  if (b === null) return -1
  return a < b === descending ? 1 : -1
}
