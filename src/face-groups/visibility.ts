import { hash } from 'node:crypto'
import { byIdentity } from '../by-identity.js'
import { createBoundedMemo } from './bounded-memo.js'
import { groupsPerStep } from './steps.js'

/** Which ids a caller may see. */
export interface Visibility {
  /**
   * Whether one of the patterns matches. `*` stands for any run of characters (the empty one included) and everything
   * else for itself, case-sensitively. A library without an id (`null`) can be named by no pattern: only a pattern that
   * is `*` alone shows it.
   */
  isVisible(id: string | null): boolean
  /** So many ids can be tested in well under a millisecond. */
  readonly idsPerStep: number
}

/** Equal for lists that show the same ids; made once for each list. */
export const nameOfPatterns = byIdentity((patterns: readonly string[]) =>
  hash('sha256', JSON.stringify(distinct(patterns)), 'base64'),
)

const maxCompiledBytes = 16 * 2 ** 20

const compiled = createBoundedMemo<Visibility & { readonly bytes: number }>({
  maxWeight: maxCompiledBytes,
  weigh: ({ bytes }) => bytes,
})

/** Patterns compiled for many ids; equal lists are compiled once for all callers. */
export function visibilityOf(patterns: readonly string[]): Visibility {
  return compiled.get(nameOfPatterns(patterns), () => ({
    ...compile(patterns),
    bytes: patterns.reduce((sum, { length }) => sum + 192 + 4 * length, 512),
  }))
}

/**
 * Plain ids, prefixes and suffixes cost one look-up however many there are. Only patterns with something else before or
 * after their stars are tried one by one.
 */
function compile(patterns: readonly string[]): Visibility {
  if (patterns.includes('*')) return { isVisible: () => true, idsPerStep: groupsPerStep }
  const exact = new Set<string>()
  const prefixes: string[] = []
  const suffixes: string[] = []
  const globs: Glob[] = []
  for (const pattern of distinct(patterns)) {
    const [head = '', ...others] = pattern.split(/\*+/)
    const tail = others.pop()
    if (tail === undefined) exact.add(head)
    else if (others.length === 0 && tail === '') prefixes.push(head)
    else if (others.length === 0 && head === '') suffixes.push(reversed(tail))
    else globs.push({ head, pieces: others, tail, length: pattern.replaceAll('*', '').length })
  }
  const hasPrefix = prefixTest(prefixes)
  const hasSuffix = prefixTest(suffixes)
  return {
    isVisible: (id) =>
      id !== null &&
      (exact.has(id) ||
        hasPrefix(id) ||
        (suffixes.length > 0 && hasSuffix(reversed(id))) ||
        globs.some((glob) => matches(glob, id))),
    idsPerStep: Math.max(1, Math.min(groupsPerStep, Math.floor(4096 / (globs.length + 1)))),
  }
}

function distinct(patterns: readonly string[]): readonly string[] {
  return [...new Set(patterns)].toSorted()
}

/** Whether a text begins with one of the `prefixes`. */
function prefixTest(prefixes: readonly string[]): (text: string) => boolean {
  const shortest: string[] = []
  for (const prefix of distinct(prefixes)) {
    const before = shortest.at(-1)
    if (before === undefined || !prefix.startsWith(before)) shortest.push(prefix)
  }
  return (text) => {
    // None is the beginning of another, so that only the last one up to the text can be its beginning.
    let low = 0
    let high = shortest.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (shortest[middle]! <= text) low = middle + 1
      else high = middle
    }
    return low > 0 && text.startsWith(shortest[low - 1]!)
  }
}

/** By UTF-16 units: what it gives is compared with its like and shown to nobody. */
function reversed(text: string): string {
  let result = ''
  for (let at = text.length - 1; at >= 0; at -= 1) result += text.charAt(at)
  return result
}

/** A pattern cut at its stars. */
interface Glob {
  readonly head: string
  readonly pieces: readonly string[]
  readonly tail: string
  /** Of all that is not a star. */
  readonly length: number
}

/** Takes each literal piece at its leftmost place and never goes back, so no pattern can make it explode. */
function matches({ head, pieces, tail, length }: Glob, id: string): boolean {
  if (id.length < length || !id.startsWith(head) || !id.endsWith(tail)) return false
  const end = id.length - tail.length
  let at = head.length
  for (const piece of pieces) {
    const found = id.indexOf(piece, at)
    if (found === -1 || found + piece.length > end) return false
    at = found + piece.length
  }
  return true
}
