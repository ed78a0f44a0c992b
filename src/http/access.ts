import type { RequestHandler } from 'express'
import { type Authenticate, type Caller, requireFewPatterns, requireScope } from './authentication/caller.js'
import { contextOf } from './context.js'
import { ProblemError } from './problem.js'
import { type RateLimiter, rateLimited } from './rate-limit.js'

export interface AccessOptions {
  readonly authenticate: Authenticate
  /** Per caller; `null` = off. */
  readonly limiter: RateLimiter | null
  readonly onRateLimited: () => void
}

/** Returns the middleware of a route for data: the caller needs `scope`; every caller has the empty one. */
export type RequireAccess = (scope: string) => RequestHandler

/**
 * Creates the middleware that authenticates the caller and stores it in the request context, counts the request against
 * the caller's quota, and requires a scope. It throws the problem that explains a refusal.
 */
export function createAccess({ authenticate, limiter, onRateLimited }: AccessOptions): RequireAccess {
  return (scope) => async (request, response, next) => {
    const context = contextOf(response)
    context.isDataAccess = true
    const caller = await authenticate(request)
    context.caller = caller
    if (limiter) {
      const verdict = limiter.consume(caller.subject)
      if (!verdict.allowed) {
        onRateLimited()
        throw rateLimited(limiter, verdict)
      }
      context.headers.push('RateLimit-Policy', limiter.policy, 'RateLimit', limiter.field(verdict))
    }
    requireScope(caller, scope)
    requireFewPatterns(caller)
    next()
  }
}

/** The caller of the request. Throws if the middleware of `createAccess` did not run first. */
export function callerOf({ caller }: { readonly caller?: Caller }): Caller {
  if (caller === undefined) throw new Error('the request has no caller: requireAccess must come first')
  return caller
}

/**
 * CSRF protection for state-changing requests: throws the problem `cross_site_request` unless the request comes from
 * this origin or one of `origins`. `Sec-Fetch-Site` (Fetch Metadata) decides if the browser sends it, otherwise
 * `Origin`, which every browser sends with a POST. A request with neither is not from a browser. `Sec-Fetch-Site: none`
 * means that the user started the request, not a page.
 */
export function rejectCrossSite(origins: readonly string[]): RequestHandler {
  const allowed = new Set(origins)
  return (request, _response, next) => {
    const { origin, 'sec-fetch-site': site } = request.headers
    const isAllowed = origin !== undefined && allowed.has(origin)
    const isSameOrigin =
      site === undefined
        ? origin === undefined || origin === `${request.protocol}://${request.host}`
        : site === 'same-origin' || site === 'none'
    if (!isAllowed && !isSameOrigin) {
      const detail = 'Only pages of this origin or of an allowed origin may send this request.'
      throw new ProblemError('cross_site_request', { detail, reason: 'cross_site' })
    }
    next()
  }
}
