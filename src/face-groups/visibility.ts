import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { rowsPerYield } from '../event-loop.js'
import { weakMemoize } from '../weak-memoize.js'

/** What a caller may see. */
export interface Viewer {
  /** Equal for viewers with the same patterns, different for all others; part of the key of everything remembered. */
  readonly cacheKey: string
  /**
   * Whether one of the patterns matches. `*` matches any run of characters (an empty one included); everything else
   * matches itself, case-sensitively. A library without an id (`null`) is matched by the pattern `*` alone.
   */
  isVisible(id: string | null): boolean
  /** How many ids to test before yielding to the event loop. */
  readonly rowsPerYield: number
}

/** Sees every library, one without an id included. */
export const unrestricted: Viewer = { cacheKey: '', isVisible: () => true, rowsPerYield }

/** Compiled patterns, bounded by an estimate of their bytes. */
const viewers = new LRUCache<string, Viewer>({ maxSize: 16 * 2 ** 20 })

/** The viewer with these patterns (`null` for no restriction); equal lists, in whatever order, share one. */
export function viewerOf(patterns: readonly string[] | null): Viewer {
  return patterns === null || patterns.includes('*') ? unrestricted : restrictedTo(patterns)
}

const restrictedTo = weakMemoize((patterns: readonly string[]): Viewer => {
  const distinct = [...new Set(patterns)].toSorted()
  const cacheKey = hash('sha256', JSON.stringify(distinct), 'base64')
  let viewer = viewers.get(cacheKey)
  if (!viewer) {
    viewer = { cacheKey, ...compile(distinct) }
    const size = distinct.reduce((bytes, { length }) => bytes + 192 + 4 * length, 512)
    viewers.set(cacheKey, viewer, { size })
  }
  return viewer
})

/**
 * Exact ids, prefixes (`a*`) and suffixes (`*a`) take one look-up per distinct length, however many there are. The other
 * patterns are tried one by one.
 */
function compile(patterns: readonly string[]): Omit<Viewer, 'cacheKey'> {
  const exact = new Set<string>()
  const prefixes = new Set<string>()
  const suffixes = new Set<string>()
  const globs: Glob[] = []
  for (const pattern of patterns) {
    const [head = '', ...others] = pattern.split(/\*+/)
    const tail = others.pop()
    if (tail === undefined) exact.add(head)
    else if (others.length === 0 && tail === '') prefixes.add(head)
    else if (others.length === 0 && head === '') suffixes.add(tail)
    else globs.push({ head, pieces: others, tail, length: pattern.replaceAll('*', '').length })
  }
  const prefixLengths = lengthsOf(prefixes)
  const suffixLengths = lengthsOf(suffixes)
  return {
    isVisible: (id) =>
      id !== null &&
      (exact.has(id) ||
        prefixLengths.some((length) => prefixes.has(id.slice(0, length))) ||
        suffixLengths.some((length) => suffixes.has(id.slice(-length))) ||
        globs.some((glob) => matches(glob, id))),
    rowsPerYield: Math.ceil(rowsPerYield / (1 + globs.length / 10)),
  }
}

function lengthsOf(texts: ReadonlySet<string>): readonly number[] {
  return [...new Set([...texts].map(({ length }) => length))]
}

/** A pattern split at its stars. */
interface Glob {
  readonly head: string
  readonly pieces: readonly string[]
  readonly tail: string
  /** Of everything but the stars. */
  readonly length: number
}

/** Matches each piece at its leftmost position and never backtracks, so no pattern takes exponential time. */
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
