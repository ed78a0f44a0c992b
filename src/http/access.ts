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

/** Middleware that lets a request for data through to its handler, each with the problem that says why not. */
export interface Access {
  /** Puts the caller into the request's context, and marks the request as one for data. */
  readonly authenticate: RequestHandler
  /** Counts the request of the caller; `respond` sends the `RateLimit` fields. */
  readonly limit: RequestHandler
  /** Requires a scope; the empty one is held by every caller. */
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

/** The caller that `authenticate` found. Throws where it did not come first. */
export function callerOf({ caller }: { readonly caller?: Caller }): Caller {
  if (caller === undefined) throw new Error('the request has no caller: authenticate must come first')
  return caller
}

/**
 * Middleware: guards what changes state against pages of other sites that use the caller's browser. Throws the problem
 * `cross_site_request` unless the request is of this origin or of one of `origins`. `Sec-Fetch-Site` decides where the
 * browser sends it (Fetch Metadata), else `Origin`, which every browser sends with a POST. A request with neither is no
 * browser's; one that the user started (`none`) is no page's.
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
      const detail = 'Only a page of this origin or of an allowed one may do this.'
      throw new ProblemError('cross_site_request', { detail, reason: 'cross_site' })
    }
    next()
  }
}
