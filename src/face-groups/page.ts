import { hash } from 'node:crypto'
import { z } from 'zod'
import type { FaceGroup, IndexedGroup } from './face-group.js'
import type { ListQuery } from './query.js'
import { compareKeys, formatSort, parseSort, type Sort, sortFields, type SortKey } from './sort.js'

/** How many groups of one tie a cursor lists at most. */
const maxSeen = 64

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
  /** How many groups with this key were delivered: `seen.length`, or more once the tie is longer than `maxSeen`. */
  readonly delivered: number
  /** Digests of the groups with this key delivered last, in order. */
  readonly seen: readonly string[]
}

const pattern = /^(?<head>[\w-]+)\.(?<digests>(?:[\w-]{8})+)\.[\w-]{6}$/
const headSchema = z.tuple([z.string(), z.unknown(), z.int()])

export function encodeCursor({ sort, key, delivered, seen }: Cursor): string {
  const head = JSON.stringify([formatSort(sort), key, delivered])
  const body = `${Buffer.from(head).toString('base64url')}.${seen.join('')}`
  return `${body}.${hash('sha256', body, 'base64url').slice(0, 6)}`
}

/** Returns `undefined` for anything `encodeCursor` cannot have returned. Never throws. */
export function decodeCursor(text: string): Cursor | undefined {
  const { head = '', digests = '' } = pattern.exec(text)?.groups ?? {}
  const seen = digests.match(/.{8}/g) ?? []
  try {
    const [sortText, anyKey, delivered] = headSchema.parse(JSON.parse(Buffer.from(head, 'base64url').toString()))
    const sort = parseSort(sortText)
    const key = sort && sortFields[sort.field].parse(anyKey)
    if (!sort || key === undefined || seen.length !== Math.min(delivered, maxSeen)) return undefined
    const cursor: Cursor = { sort, key, delivered, seen }
    return encodeCursor(cursor) === text ? cursor : undefined
  } catch {
    return undefined
  }
}

/**
 * Returns the page of `entries`, which are in the order of `sort`, that follows the cursor, and the cursor of the next
 * page; `null` if this is the last. A group that stays in the list with its sort key is delivered exactly once by a
 * walk from page to page, whatever else is added, removed or reordered. Where more than `maxSeen` groups tie, this
 * assumes that the vendor keeps the order of those that stay, and that not all `maxSeen` delivered last are deleted.
 */
export function paginate(entries: readonly IndexedGroup[], { sort, limit, cursor }: ListQuery) {
  const keyAt = (at: number): SortKey => sortFields[sort.field].keyOf(entries[at]!)
  const digestAt = (at: number) => digestOf(entries[at]!.group)

  // Collects one more than the page has, to know whether another page follows.
  const picked: number[] = []
  let position = 0
  let delivered = 0
  if (cursor) {
    const start = firstIndex(entries.length, (at) => compareKeys(keyAt(at), cursor.key, sort) >= 0)
    const end = firstIndex(entries.length, (at) => compareKeys(keyAt(at), cursor.key, sort) > 0)
    if (cursor.delivered === cursor.seen.length) {
      const unmatched = [...cursor.seen]
      for (position = start; position < end && picked.length <= limit; position++) {
        const match = unmatched.indexOf(digestAt(position))
        if (match === -1) picked.push(position)
        else unmatched.splice(match, 1)
      }
      delivered = cursor.delivered
    } else {
      position = resumeLongTie(cursor, start, end, digestAt)
      delivered = Math.max(position - start, cursor.seen.length + 1)
    }
  }
  for (; position < entries.length && picked.length <= limit; position++) picked.push(position)

  const page = picked.slice(0, limit)
  const data = page.map((at) => entries[at]!.group)
  if (picked.length <= limit) return { data, next: null }
  const key = keyAt(page.at(-1)!)
  const tied = page.filter((at) => keyAt(at) === key).map(digestAt)
  const continues = cursor?.key === key
  const seen = (continues ? [...cursor.seen, ...tied] : tied).slice(-maxSeen)
  return { data, next: { sort, key, delivered: tied.length + (continues ? delivered : 0), seen } }
}

/**
 * Identifies a group in the next snapshot: by its id, or by all of its content if it has none. Groups with equal
 * digests are only counted.
 */
function digestOf({ id, ...content }: FaceGroup): string {
  const text = id === null ? JSON.stringify(Object.values(content)) : `id ${id}`
  return hash('sha256', text, 'base64url').slice(0, 8)
}

/** The position after the last remaining group of those delivered, which is usually where it was. */
function resumeLongTie(cursor: Cursor, start: number, end: number, digestAt: (at: number) => string): number {
  const expected = Math.min(start + cursor.delivered, end)
  if (expected > start && digestAt(expected - 1) === cursor.seen.at(-1)) return expected
  for (let at = end - 1; at >= start; at--) if (cursor.seen.includes(digestAt(at))) return at + 1
  return expected
}

/** The first index for which `test` is true, given that it is true for all that follow; by binary search. */
function firstIndex(length: number, test: (at: number) => boolean): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (test(middle)) high = middle
    else low = middle + 1
  }
  return low
}
