import { hash } from 'node:crypto'
import { type Cursor, digestLength, maxSeen } from './cursor.js'
import type { FaceGroup } from './face-group.js'
import type { IndexedGroup } from './indexed-group.js'
import type { ListQuery } from './query.js'
import { compareKeys, sortFields, type SortKey } from './sort.js'

export interface Page {
  readonly data: readonly FaceGroup[]
  /** `null` on the last page. */
  readonly next: Cursor | null
}

/**
 * Returns the page of `entries`, which are in the order of `sort`, that follows the cursor. A group that stays in the
 * list with its sort key is delivered exactly once by a walk from page to page, whatever else is added, removed or
 * reordered in between. Where more than `maxSeen` groups tie, this assumes that the vendor keeps the order of the tied
 * groups that stay, and that not all of the `maxSeen` delivered last are deleted together.
 */
export function paginate(entries: readonly IndexedGroup[], { sort, limit, cursor }: ListQuery): Page {
  const keyAt = (at: number): SortKey => sortFields[sort.field].keyOf(entries[at]!)
  const compare = (at: number, to: SortKey) => compareKeys(keyAt(at), to, sort)
  const digest = (at: number) => digestOf(entries[at]!.group)

  // Collects one more than the page has, to know whether another page follows.
  const picked: number[] = []
  let position = 0
  let delivered = 0
  if (cursor) {
    const start = firstIndex(entries.length, (at) => compare(at, cursor.key) >= 0)
    const end = firstIndex(entries.length, (at) => compare(at, cursor.key) > 0)
    if (cursor.delivered === cursor.seen.length) {
      const unmatched = [...cursor.seen]
      for (position = start; position < end && picked.length <= limit; position++) {
        const match = unmatched.indexOf(digest(position))
        if (match === -1) picked.push(position)
        else unmatched.splice(match, 1)
      }
      delivered = cursor.delivered
    } else {
      position = resumeLongTie(cursor, start, end, digest)
      delivered = Math.max(position - start, cursor.seen.length + 1)
    }
  }
  for (; position < entries.length && picked.length <= limit; position++) picked.push(position)

  const page = picked.slice(0, limit)
  const data = page.map((at) => entries[at]!.group)
  if (picked.length <= limit) return { data, next: null }
  const key = keyAt(page.at(-1)!)
  const tied = page.filter((at) => compare(at, key) === 0).map(digest)
  const continues = cursor !== null && compareKeys(key, cursor.key, sort) === 0
  const seen = continues ? [...cursor.seen, ...tied] : tied
  return {
    data,
    next: { sort, key, delivered: tied.length + (continues ? delivered : 0), seen: seen.slice(-maxSeen) },
  }
}

/**
 * Identifies a group in the next snapshot: by its id, or by all of its content if it has none. Groups with equal
 * digests are only counted.
 */
function digestOf({ id, ...content }: FaceGroup): string {
  const text = id === null ? JSON.stringify(Object.values(content)) : `id ${id}`
  return hash('sha256', text, 'base64url').slice(0, digestLength)
}

/** The position after the last remaining group of those delivered, which is usually where it was. */
function resumeLongTie(cursor: Cursor, start: number, end: number, digest: (at: number) => string): number {
  const expected = Math.min(start + cursor.delivered, end)
  if (expected > start && digest(expected - 1) === cursor.seen.at(-1)) return expected
  const seen = new Set(cursor.seen)
  for (let at = end - 1; at >= start; at--) if (seen.has(digest(at))) return at + 1
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
