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

/** Compiled patterns, limited by an estimate of their bytes. */
const viewers = new LRUCache<string, Viewer>({ maxSize: 16 * 2 ** 20 })

/** The viewer with these patterns (`null` for no restriction); equal lists, in any order, share one. */
export function viewerOf(patterns: readonly string[] | null): Viewer {
  return patterns === null ? unrestricted : viewerWith(patterns)
}

const viewerWith = weakMemoize((patterns: readonly string[]): Viewer => {
  if (patterns.includes('*')) return unrestricted
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

/** Exact ids need one lookup, however many there are; patterns with a star are tried one by one. */
function compile(patterns: readonly string[]): Omit<Viewer, 'cacheKey'> {
  const exact = new Set(patterns.filter((pattern) => !pattern.includes('*')))
  const globs = patterns.filter((pattern) => pattern.includes('*')).map(compileGlob)
  return {
    isVisible: (id) => id !== null && (exact.has(id) || globs.some((matches) => matches(id))),
    rowsPerYield: Math.ceil(rowsPerYield / (1 + globs.length / 10)),
  }
}

/**
 * Matches each piece between two stars at its leftmost position and never backtracks: no pattern takes exponential
 * time.
 */
function compileGlob(pattern: string): (id: string) => boolean {
  const [head = '', ...pieces] = pattern.split(/\*+/)
  const tail = pieces.pop() ?? ''
  const minLength = pattern.replaceAll('*', '').length
  return (id) => {
    if (id.length < minLength || !id.startsWith(head) || !id.endsWith(tail)) return false
    const end = id.length - tail.length
    let at = head.length
    for (const piece of pieces) {
      const found = id.indexOf(piece, at)
      if (found === -1 || found + piece.length > end) return false
      at = found + piece.length
    }
    return true
  }
}
