import type { RequestHandler } from 'express'
import { reply } from './reply.js'
import { contextOf } from './request-context.js'
import { headerLines } from './send-message.js'

/** Answers preflights and marks every other answer with what a page of the asking origin may do with it. */
export type Cors = RequestHandler

export interface CorsOptions {
  /** Exact origins, e.g. `https://app.example.com`. */
  readonly origins: readonly string[]
  /** Whether callers are known by a cookie or a gateway session, which pages must then be allowed to use. */
  readonly credentials: boolean
  /** The methods of the route at `path` as `Allow` lists them; `null` where there is no route. */
  readonly methodsFor: (path: string) => string | null
  /** A header besides `Authorization` that pages may send their token in. */
  readonly tokenHeader?: string
}

const requestHeaders = ['Authorization', 'Content-Type', 'If-None-Match', 'X-Request-Id', 'traceparent']
const exposedHeaders = [
  'ETag',
  'Age',
  'Cache-Status',
  'Link',
  'Location',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'WWW-Authenticate',
  'X-Request-Id',
  'X-Upstream-Request-Id',
]
const preflightSeconds = 600

/**
 * Cross-origin access (Fetch standard, "CORS protocol") for the listed origins alone. Comes before
 * authentication, as browsers send preflights without any. Its headers go to the request's context, so that a 304 and
 * an error carry them too; `Vary: Origin` stands on every answer, since each depends on it.
 */
export function createCors({ origins, credentials, methodsFor, tokenHeader }: CorsOptions): Cors {
  const vary = headerLines(['Vary', 'Origin'])
  const expose = headerLines(['Access-Control-Expose-Headers', exposedHeaders.join(', ')])
  const extra = tokenHeader === undefined || tokenHeader.toLowerCase() === 'authorization' ? [] : [tokenHeader]
  const allow = [...requestHeaders, ...extra].join(', ')
  const grants = new Map(
    origins.map((origin) => [
      origin,
      headerLines([
        'Access-Control-Allow-Origin',
        origin,
        ...(credentials ? ['Access-Control-Allow-Credentials', 'true'] : []),
      ]),
    ]),
  )

  return (request, response, next) => {
    const context = contextOf(response)
    context.lines += vary
    const { origin } = request.headers
    const grant = origin === undefined ? undefined : grants.get(origin)
    if (grant !== undefined) context.lines += grant

    const isPreflight = request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined
    const methods = isPreflight && origin !== undefined ? methodsFor(request.path) : null
    if (methods === null) {
      if (grant !== undefined) context.lines += expose
      next()
      return
    }
    const granted = ['Access-Control-Allow-Methods', methods, 'Access-Control-Allow-Headers', allow]
    granted.push('Access-Control-Max-Age', String(preflightSeconds))
    reply(response, { status: 204, headers: grant ? granted : [] })
  }
}
