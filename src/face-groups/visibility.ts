/**
 * Whether `id` matches one of the `patterns`, in which `*` stands for any run of characters (the empty
 * one included) and everything else for itself, case-sensitively. A library without an id (`null`) can
 * be named by no pattern: only a pattern that is `*` alone shows it.
 */
export function matchesAny(patterns: readonly string[], id: string | null): boolean {
  for (const pattern of patterns) {
    if (pattern === '*' || (id !== null && matches(pattern, id))) return true
  }
  return false
}

/**
 * `matchesAny` made ready for many ids: plain ids cost one look-up however many there are.
 */
export function visibilityOf(patterns: readonly string[]): (id: string | null) => boolean {
  if (patterns.includes('*')) return () => true
  const exact = new Set(patterns.filter((pattern) => !pattern.includes('*')))
  const wild = patterns.filter((pattern) => pattern.includes('*'))
  return (id) => id !== null && (exact.has(id) || matchesAny(wild, id))
}

/** Takes each literal piece at its leftmost place and never goes back, so no pattern can make it explode. */
function matches(pattern: string, id: string): boolean {
  const firstStar = pattern.indexOf('*')
  if (firstStar === -1) return pattern === id
  const lastStar = pattern.lastIndexOf('*')
  const tail = pattern.length - lastStar - 1
  const end = id.length - tail
  if (end < firstStar || !id.startsWith(pattern.slice(0, firstStar)) || !id.endsWith(pattern.slice(lastStar + 1))) {
    return false
  }
  let at = firstStar
  for (let star = firstStar; star < lastStar; ) {
    const next = pattern.indexOf('*', star + 1)
    const piece = pattern.slice(star + 1, next)
    const found = id.indexOf(piece, at)
    if (found === -1 || found + piece.length > end) return false
    at = found + piece.length
    star = next
  }
  return true
}
