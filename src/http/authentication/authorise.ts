import { ProblemError } from '../problem.js'
import type { Caller } from './caller.js'
import { insufficientScope } from './challenge.js'

/**
 * Throws the problem `forbidden` unless the caller has `scope`. An empty scope is had by everyone.
 */
export function requireScope(caller: Caller, scope: string): void {
  if (scope === '' || caller.scopes.has(scope)) return
  throw insufficientScope(scope)
}

/** More patterns than this confine nobody: each costs time for each group. */
const maxGroupPatterns = 1000

/** Throws the problem `forbidden` where the caller is confined by too many patterns. */
export function requireFewPatterns({ groupPatterns }: Caller): void {
  if (groupPatterns === null || groupPatterns.length <= maxGroupPatterns) return
  throw new ProblemError('forbidden', {
    detail: `The caller is confined by more than ${maxGroupPatterns} different group patterns, which are too many.`,
    reason: 'too_many_patterns',
  })
}

/**
 * The patterns a caller is confined to, in one canonical form so that callers who may see the same share
 * what is made for them; `null` where `*` lifts every bound. Anything but a list of strings shows nothing. Of too many it gives
 * only one too many.
 */
export function groupPatternsFrom(claim: unknown): readonly string[] | null {
  if (!Array.isArray(claim)) return []
  const patterns: unknown[] = claim
  if (!patterns.every((pattern) => typeof pattern === 'string')) return []
  return patterns.includes('*') ? null : [...new Set(patterns)].toSorted().slice(0, maxGroupPatterns + 1)
}

/** The words of a header or claim that lists them with blanks or commas between. */
export function wordsOf(list: string): string[] {
  return list.split(/[ ,\t]+/).filter((word) => word !== '')
}
