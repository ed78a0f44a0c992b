import { Buffer } from 'node:buffer'
import { hash } from 'node:crypto'
import { formatSort, parseSort, type Sort, type SortKey } from './sort.js'

/** Text is sorted by this many UTF-16 units at most, which keeps a cursor short enough for a URL. */
export const maxKeyLength = 1024

/** How many groups of one tie a cursor names. */
export const maxSeen = 64

export const digestLength = 8

/**
 * Where a page ended. Position data only: it grants nothing, and a forged one can do no more than start a
 * page elsewhere. Its checksum finds what was garbled or edited on the way.
 *
 * The key alone places the next page unless groups tie. Ties stand in the vendor's order, which may change
 * between two pages; so the cursor also names the groups of the tie that were delivered.
 */
export interface Cursor {
  readonly sort: Sort
  /** The sort key of the last group delivered. */
  readonly key: SortKey
  /** How many groups with this key were delivered. More than `seen` holds, once the tie outgrew `maxSeen`. */
  readonly delivered: number
  /** Digests of the groups with this key delivered last, in order. */
  readonly seen: readonly string[]
}

const maxLength = 10_000
const shape = /^(?<head>[\w-]+)\.(?<seen>(?:[\w-]{8})+)\.[\w-]{6}$/

export function encodeCursor({ sort, key, delivered, seen }: Cursor): string {
  const head = JSON.stringify([formatSort(sort), key, delivered])
  const body = `${Buffer.from(head).toString('base64url')}.${seen.join('')}`
  return `${body}.${checksum(body)}`
}

/** Returns `null` for anything `encodeCursor` cannot have made. */
export function decodeCursor(text: string): Cursor | null {
  const parts = text.length <= maxLength ? shape.exec(text)?.groups : undefined
  if (!parts) return null
  const head = parseJson(Buffer.from(parts['head'] ?? '', 'base64url').toString())
  if (!Array.isArray(head) || head.length !== 3) return null
  const [sortText, key, delivered] = head as unknown[]
  const sort = typeof sortText === 'string' ? parseSort(sortText) : null
  const seen = (parts['seen'] ?? '').match(/.{8}/g) ?? []
  if (!sort || !isKeyOf(sort, key) || !isCount(delivered, seen.length)) return null
  const cursor: Cursor = { sort, key, delivered, seen }
  return encodeCursor(cursor) === text ? cursor : null
}

function checksum(body: string): string {
  return hash('sha256', body, 'base64url').slice(0, 6)
}

function isKeyOf({ field }: Sort, key: unknown): key is SortKey {
  if (field === 'createdAt') return key === null || Number.isSafeInteger(key)
  if (key === null) return field === 'id'
  return typeof key === 'string' && key.length <= maxKeyLength
}

function isCount(delivered: unknown, seen: number): delivered is number {
  if (seen > maxSeen || typeof delivered !== 'number' || !Number.isSafeInteger(delivered)) return false
  return delivered === seen || (delivered > seen && seen === maxSeen)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
