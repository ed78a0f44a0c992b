import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { rowsPerYield } from '../event-loop.js'

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

/** Limited by an estimate of the bytes of the compiled patterns. */
const viewersByKey = new LRUCache<string, Viewer>({ maxSize: 16 * 2 ** 20 })
const viewersByPatterns = new WeakMap<readonly string[], Viewer>()

/** The viewer with these patterns (`null` for no restriction); equal lists, in any order, share one. */
export function viewerOf(patterns: readonly string[] | null): Viewer {
  if (patterns === null) return unrestricted
  const viewer = viewersByPatterns.get(patterns) ?? createViewer(patterns)
  viewersByPatterns.set(patterns, viewer)
  return viewer
}

function createViewer(patterns: readonly string[]): Viewer {
  if (patterns.includes('*')) return unrestricted
  const distinct = [...new Set(patterns)].toSorted()
  const cacheKey = hash('sha256', JSON.stringify(distinct), 'base64')
  const viewer = viewersByKey.get(cacheKey) ?? { cacheKey, ...compile(distinct) }
  const size = distinct.reduce((bytes, { length }) => bytes + 192 + 4 * length, 512)
  viewersByKey.set(cacheKey, viewer, { size })
  return viewer
}

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
  const [head = '', ...pieces] = pattern.split('*')
  const tail = pieces.pop() ?? ''
  return (id) => {
    if (!id.startsWith(head) || !id.endsWith(tail)) return false
    let at = head.length
    for (const piece of pieces) {
      const found = id.indexOf(piece, at)
      if (found === -1) return false
      at = found + piece.length
    }
    return at <= id.length - tail.length
  }
}
