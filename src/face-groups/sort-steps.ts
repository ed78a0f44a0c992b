import { groupsPerStep, type Steps } from './steps.js'

/** Below zero where the first of two indices comes first. */
export type Compare = (a: number, b: number) => number

/**
 * The numbers from 0 to `length` - 1 in the order of `compare`, ties by number. A merge sort from the bottom up, which
 * can pause: the sort built in would hold up everything else for as long as a long list takes.
 */
export function* sortedIndices(length: number, compare: Compare): Steps<Uint32Array> {
  let from = new Uint32Array(length)
  for (let start = 0; start < length; start += groupsPerStep) {
    const end = Math.min(start + groupsPerStep, length)
    for (let index = start; index < end; index += 1) insert(from, { start, end: index, index, compare })
    yield
  }
  let into = new Uint32Array(length)
  for (let width = groupsPerStep; width < length; width *= 2) {
    for (let start = 0; start < length; start += 2 * width) {
      yield* merge(from, into, { start, middle: Math.min(start + width, length), end: start + 2 * width, compare })
    }
    ;[from, into] = [into, from]
  }
  return from
}

interface Insertion {
  /** Of the run, which is in order up to `end`. */
  readonly start: number
  readonly end: number
  readonly index: number
  readonly compare: Compare
}

/** At once where it comes last, as in the vendor's lists it mostly does. */
function insert(into: Uint32Array, { start, end, index, compare }: Insertion): void {
  let low = start
  let high = end
  for (let middle = end - 1; low < high; middle = (low + high) >>> 1) {
    if (compare(into[middle]!, index) <= 0) low = middle + 1
    else high = middle
  }
  into.copyWithin(low + 1, low, end)
  into[low] = index
}

interface Runs {
  readonly start: number
  readonly middle: number
  readonly end: number
  readonly compare: Compare
}

function* merge(from: Uint32Array, into: Uint32Array, { start, middle, end: limit, compare }: Runs): Steps<void> {
  const end = Math.min(limit, from.length)
  let left = start
  let right = middle
  for (let at = start; at < end; at += 1) {
    const takesLeft = left < middle && (right >= end || compare(from[left]!, from[right]!) <= 0)
    into[at] = takesLeft ? from[left++]! : from[right++]!
    if (at % groupsPerStep === 0) yield
  }
}
