import { groupsPerStep, type Steps } from './steps.js'

/**
 * The numbers from 0 to `length` - 1 in the order of `compare`, ties by number. A merge sort from the bottom up, which
 * can pause: the sort built in would hold up everything else for as long as a long list takes.
 */
export function* sortedIndices(length: number, compare: (a: number, b: number) => number): Steps<Uint32Array> {
  let from = Uint32Array.from({ length }, (_, index) => index)
  yield
  for (let start = 0; start < length; start += groupsPerStep) {
    // An array's sort, for it is fast on what is in order already, as the vendor's lists mostly are.
    from.set([...from.subarray(start, start + groupsPerStep)].toSorted(compare), start)
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

interface Runs {
  readonly start: number
  readonly middle: number
  readonly end: number
  readonly compare: (a: number, b: number) => number
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
