import { hash } from 'node:crypto'
import { type Cursor, digestLength, maxSeen } from './cursor.js'
import type { FaceGroup } from './face-group.js'
import type { GroupList } from './group-list.js'
import type { Ordering } from './ordering.js'
import { compareKeys, type Sort, type SortKey } from './sort.js'

export interface PageOptions {
  readonly groups: GroupList
  /** Those that the whole list, of which a page is cut, is made of. */
  readonly ordering: Ordering
  readonly sort: Sort
  readonly limit: number
  readonly after: Cursor | null
}

export interface Page {
  readonly data: readonly FaceGroup[]
  /** `null` on the last page. */
  readonly next: Cursor | null
}

/**
 * Cuts one page. A group that stays in the list with its sort key is delivered exactly once by a walk from
 * page to page, whatever else is added, removed or reordered in between. Where more than `maxSeen` groups tie,
 * this supposes that the vendor keeps the order of the tied groups that stay, and that not all of the
 * `maxSeen` delivered last vanish at once.
 */
export function cutPage({ groups, ordering, sort, limit, after }: PageOptions): Page {
  const { indices: order, keyAt } = ordering
  const key = (position: number) => keyAt(order[position]!)
  const group = (position: number) => groups.at(order[position]!)
  const compare = (position: number, to: SortKey) => compareKeys(key(position), to, sort.descending)

  const picked: number[] = []
  let position = 0
  let delivered = 0
  if (after) {
    const start = lowerBound(order.length, (at) => compare(at, after.key) >= 0)
    const end = lowerBound(order.length, (at) => compare(at, after.key) > 0)
    if (after.delivered === after.seen.length) {
      const seen = countEach(after.seen)
      for (position = start; position < end && picked.length <= limit; position++) {
        if (!takeOne(seen, identity(group(position)))) picked.push(position)
      }
      delivered = after.delivered
    } else {
      position = resumeLongTie(after, start, end, (at) => identity(group(at)))
      delivered = Math.max(position - start, after.seen.length + 1)
    }
  }
  for (; position < order.length && picked.length <= limit; position++) picked.push(position)

  const page = picked.slice(0, limit)
  const last = page.at(-1)
  const data = page.map(group)
  if (last === undefined || picked.length <= limit) return { data, next: null }
  const tied = page.filter((at) => compare(at, key(last)) === 0).map((at) => identity(group(at)))
  const sameTie = after !== null && compare(last, after.key) === 0
  const seen = sameTie ? [...after.seen, ...tied] : tied
  const next = {
    sort,
    key: key(last),
    delivered: sameTie ? delivered + tied.length : tied.length,
    seen: seen.slice(-maxSeen),
  }
  return { data, next }
}

/**
 * What makes a group the same one in the next snapshot: its id, or all of its content where it has none.
 * Groups that share it are told apart by their number alone.
 */
function identity(group: FaceGroup): string {
  const { id, name, description, modelVersion, createdAt } = group
  const text = id === null ? JSON.stringify([name, description, modelVersion, createdAt]) : `id ${id}`
  return hash('sha256', text, 'base64url').slice(0, digestLength)
}

/** Behind the last survivor of those delivered, which usually stands where it stood. */
function resumeLongTie(after: Cursor, start: number, end: number, identityAt: (at: number) => string): number {
  const expected = Math.min(start + after.delivered, end)
  if (expected > start && identityAt(expected - 1) === after.seen.at(-1)) return expected
  const seen = new Set(after.seen)
  for (let at = end - 1; at >= start; at--) if (seen.has(identityAt(at))) return at + 1
  return expected
}

/** The first position for which `reached` holds, given that it holds for all that follow. */
function lowerBound(length: number, reached: (position: number) => boolean): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (reached(middle)) high = middle
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
