import { compareKeys, type Sort, type SortKey } from './sort.js'
import { groupsPerStep, type Steps } from './steps.js'

/** By index. */
export type SortKeys = readonly SortKey[] | Float64Array

/**
 * The indices of `keys` in the order of `compareKeys`, ties by index. A merge sort from the bottom up, which can pause: the
 * sort built in would hold up everything else for as long as a long list takes.
 */
export function* sortedIndices(keys: SortKeys, { descending }: Pick<Sort, 'descending'>): Steps<Uint32Array> {
  const { length } = keys
  let from = new Uint32Array(length)
  for (let start = 0; start < length; start += groupsPerStep) {
    const end = Math.min(start + groupsPerStep, length)
    for (let index = start; index < end; index += 1) insert(index, from, { start, end: index, keys, descending })
    yield
  }
  let into = new Uint32Array(length)
  for (let width = groupsPerStep; width < length; width *= 2) {
    for (let start = 0; start < length; start += 2 * width) {
      const end = Math.min(start + 2 * width, length)
      yield* merge(from, into, { start, middle: Math.min(start + width, length), end, keys, descending })
    }
    ;[from, into] = [into, from]
  }
  return from
}

interface Run {
  readonly start: number
  readonly end: number
  readonly keys: SortKeys
  readonly descending: boolean
}

/** Adds an index to a run that is in order; at once where it comes last, as in the vendor's lists it mostly does. */
function insert(index: number, into: Uint32Array, { start, end, keys, descending }: Run): void {
  let low = start
  let high = end
  for (let middle = end - 1; low < high; middle = (low + high) >>> 1) {
    if (compareKeys(keys[into[middle]!]!, keys[index]!, descending) <= 0) low = middle + 1
    else high = middle
  }
  into.copyWithin(low + 1, low, end)
  into[low] = index
}

interface Runs extends Run {
  /** Where the second run begins. */
  readonly middle: number
}

function* merge(from: Uint32Array, into: Uint32Array, { start, middle, end, keys, descending }: Runs): Steps<void> {
  let left = start
  let right = middle
  for (let at = start; at < end; at += 1) {
    const takesLeft =
      left < middle && (right >= end || compareKeys(keys[from[left]!]!, keys[from[right]!]!, descending) <= 0)
    into[at] = takesLeft ? from[left++]! : from[right++]!
    if (at % groupsPerStep === 0) yield
  }
}
