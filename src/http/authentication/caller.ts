import type { IncomingMessage } from 'node:http'
import { ProblemError } from '../problem.js'
import { challenge } from './refusals.js'

/** The authenticated sender of a request. */
export interface Caller {
  /** Stable id of the caller (`sub`, or the gateway's user header). */
  readonly subject: string
  readonly scopes: ReadonlySet<string>
  /** Group-id patterns (`*` wildcard) of the groups the caller may see; `null`: all groups. */
  readonly groupPatterns: readonly string[] | null
}

/**
 * Resolves with the caller of a request. Rejects with a `ProblemError` that has a `reason`: `unauthenticated` with its
 * `WWW-Authenticate` challenge (RFC 6750), `rate_limited`, or `identity_provider_unavailable`.
 */
export type Authenticate = (request: IncomingMessage) => Promise<Caller>

/** Accepts everyone as `anonymous` with the given scopes and all groups: for development only. */
export function createAnonymousAuthenticator({ scopes }: { scopes: readonly string[] }): Authenticate {
  const anonymous: Caller = { subject: 'anonymous', scopes: new Set(scopes), groupPatterns: null }
  return async () => anonymous
}

/** Bounds of a cache of callers. An estimate in bytes, rather too high than too low. */
export const callerCacheLimits = {
  max: 10_000,
  maxSize: 32 * 2 ** 20,
  sizeCalculation({ subject, scopes, groupPatterns }: Caller, key: string): number {
    const texts = [key, subject, ...scopes, ...(groupPatterns ?? [])]
    return texts.reduce((bytes, { length }) => bytes + 128 + 2 * length, 512)
  },
}

/** Throws the problem `forbidden` (RFC 6750 section 3.1) unless the caller has `scope`. Every caller has the empty scope. */
export function requireScope(caller: Caller, scope: string): void {
  if (scope === '' || caller.scopes.has(scope)) return
  const headers = { 'WWW-Authenticate': `${challenge}, error="insufficient_scope", scope="${scope}"` }
  throw new ProblemError('forbidden', { reason: 'missing_scope', detail: `This needs the scope ${scope}.`, headers })
}

/** Each pattern costs time for each group. */
const maxGroupPatterns = 1000

/** Throws the problem `forbidden` if the caller has too many group patterns. */
export function requireFewPatterns({ groupPatterns }: Caller): void {
  if (groupPatterns === null || groupPatterns.length <= maxGroupPatterns) return
  const detail = `The caller has more than ${maxGroupPatterns} different group patterns, which are too many.`
  throw new ProblemError('forbidden', { reason: 'too_many_patterns', detail })
}

/**
 * The group patterns in a claim, sorted and without duplicates so that callers who may see the same groups share their
 * pages; `null` (all groups) if `*` is among them, none if the claim is not a list of strings. Returns at most one more
 * than `requireFewPatterns` accepts.
 */
export function groupPatternsFrom(claim: unknown): readonly string[] | null {
  if (!Array.isArray(claim)) return []
  const patterns: unknown[] = claim
  if (!patterns.every((pattern) => typeof pattern === 'string')) return []
  return patterns.includes('*') ? null : [...new Set(patterns)].toSorted().slice(0, maxGroupPatterns + 1)
}

/** The entries of a header or claim that separates them by spaces, tabs or commas. */
export function splitList(list: string): string[] {
  return list.split(/[ ,\t]/).filter((entry) => entry !== '')
}
