import { Buffer } from 'node:buffer'
import { hash } from 'node:crypto'
import { formatSort, parseSort, type Sort, sortFields, type SortKey } from './sort.js'

/** How many groups of one tie a cursor lists at most. */
export const maxSeen = 64

/** Characters of a group's digest in a cursor. */
export const digestLength = 8

/**
 * Where a page ended. Position data only: it grants nothing, and a forged one can do no more than start a page
 * elsewhere. Its checksum detects text that was truncated or edited.
 *
 * The key alone finds the next page unless groups tie. Ties keep the vendor's order, which may change between two
 * pages; so the cursor also lists the groups of the tie that were delivered.
 */
export interface Cursor {
  readonly sort: Sort
  /** The sort key of the last group delivered. */
  readonly key: SortKey
  /**
   * How many groups with this key were delivered: the length of `seen`, or more once the tie is longer than `maxSeen`.
   */
  readonly delivered: number
  /** Digests of the groups with this key delivered last, in order. */
  readonly seen: readonly string[]
}

const maxLength = 10_000
const pattern = /^(?<head>[\w-]+)\.(?<seen>(?:[\w-]{8})+)\.[\w-]{6}$/

export function encodeCursor({ sort, key, delivered, seen }: Cursor): string {
  const head = JSON.stringify([formatSort(sort), key, delivered])
  const body = `${Buffer.from(head).toString('base64url')}.${seen.join('')}`
  return `${body}.${hash('sha256', body, 'base64url').slice(0, 6)}`
}

/** Returns `undefined` for anything `encodeCursor` cannot have returned. Never throws. */
export function decodeCursor(text: string): Cursor | undefined {
  const parts = text.length <= maxLength ? pattern.exec(text)?.groups : undefined
  const seen = parts?.['seen']?.match(/.{8}/g) ?? []
  try {
    const head: unknown = JSON.parse(Buffer.from(parts?.['head'] ?? '', 'base64url').toString())
    const [sortText, anyKey, delivered] = Array.isArray(head) ? (head as unknown[]) : []
    const sort = parseSort(String(sortText))
    const key = sort && sortFields[sort.field].parse(anyKey)
    if (!sort || key === undefined || !isCount(delivered, seen.length)) return undefined
    const cursor: Cursor = { sort, key, delivered, seen }
    return encodeCursor(cursor) === text ? cursor : undefined
  } catch {
    return undefined
  }
}

function isCount(delivered: unknown, seen: number): delivered is number {
  if (seen > maxSeen || typeof delivered !== 'number' || !Number.isSafeInteger(delivered)) return false
  return delivered === seen || (delivered > seen && seen === maxSeen)
}
