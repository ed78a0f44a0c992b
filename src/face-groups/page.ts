import { hash } from 'node:crypto'
import { type Cursor, digestLength, maxSeen } from './cursor.js'
import type { FaceGroup } from './face-group.js'
import type { IndexedGroup } from './indexed-group.js'
import type { ListQuery } from './query.js'
import { compareKeys, keyOf, type SortKey } from './sort.js'

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
export function paginate(
  entries: readonly IndexedGroup[],
  { sort, limit, cursor }: Pick<ListQuery, 'sort' | 'limit' | 'cursor'>,
): Page {
  const key = (at: number) => keyOf(sort, entries[at]!)
  const digest = (at: number) => digestOf(entries[at]!.group)
  const compare = (at: number, to: SortKey) => compareKeys(key(at), to, sort.descending)

  const picked: number[] = []
  let position = 0
  let delivered = 0
  if (cursor) {
    const start = firstIndex(entries.length, (at) => compare(at, cursor.key) >= 0)
    const end = firstIndex(entries.length, (at) => compare(at, cursor.key) > 0)
    if (cursor.delivered === cursor.seen.length) {
      const seen = countEach(cursor.seen)
      for (position = start; position < end && picked.length <= limit; position++) {
        if (!takeOne(seen, digest(position))) picked.push(position)
      }
      delivered = cursor.delivered
    } else {
      position = resumeLongTie(cursor, start, end, digest)
      delivered = Math.max(position - start, cursor.seen.length + 1)
    }
  }
  for (; position < entries.length && picked.length <= limit; position++) picked.push(position)

  const page = picked.slice(0, limit)
  const last = page.at(-1)
  const data = page.map((at) => entries[at]!.group)
  if (last === undefined || picked.length <= limit) return { data, next: null }
  const tied = page.filter((at) => compare(at, key(last)) === 0).map(digest)
  const continuesTie = cursor !== null && compare(last, cursor.key) === 0
  const seen = continuesTie ? [...cursor.seen, ...tied] : tied
  const next = {
    sort,
    key: key(last),
    delivered: continuesTie ? delivered + tied.length : tied.length,
    seen: seen.slice(-maxSeen),
  }
  return { data, next }
}

/**
 * Identifies a group in the next snapshot: by its id, or by all of its content where it has none. Groups with equal
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

function countEach(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}

function takeOne(counts: Map<string, number>, value: string): boolean {
  const count = counts.get(value) ?? 0
  if (count > 0) counts.set(value, count - 1)
  return count > 0
}
