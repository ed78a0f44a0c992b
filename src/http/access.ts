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

/** Middleware for requests for data; each throws the problem that explains a refusal. */
export interface Access {
  /** Stores the caller in the request context and marks the request as data access. */
  readonly authenticate: RequestHandler
  /** Counts the request against the caller's quota; `respond` sends the `RateLimit` fields. */
  readonly limit: RequestHandler
  /** Requires a scope. Every caller has the empty scope. */
  authorize(scope: string): RequestHandler
}

export function createAccess({ authenticate, limiter, onRateLimited }: AccessOptions): Access {
  return {
    async authenticate(request, response, next) {
      const context = contextOf(response)
      context.isDataAccess = true
      context.caller = await authenticate(request)
      next()
    },
    limit(_request, response, next) {
      if (limiter) {
        const context = contextOf(response)
        const verdict = limiter.consume(callerOf(context).subject)
        if (!verdict.allowed) {
          onRateLimited()
          throw rateLimited(limiter, verdict)
        }
        context.headers.push('RateLimit-Policy', limiter.policy, 'RateLimit', limiter.field(verdict))
      }
      next()
    },
    authorize: (scope) => (_request, response, next) => {
      const caller = callerOf(contextOf(response))
      requireScope(caller, scope)
      requireFewPatterns(caller)
      next()
    },
  }
}

/** The caller that `authenticate` found. Throws if `authenticate` did not run first. */
export function callerOf({ caller }: { readonly caller?: Caller }): Caller {
  if (caller === undefined) throw new Error('the request has no caller: authenticate must come first')
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
