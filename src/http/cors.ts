import cors from 'cors'
import type { Request, RequestHandler } from 'express'

export interface CorsOptions {
  /** Exact origins, e.g. `https://app.example.com`. */
  readonly origins: readonly string[]
  /** Whether callers authenticate by a cookie or a gateway session, which pages must then be allowed to send. */
  readonly credentials: boolean
  /** The methods of the route at `path` as `Allow` lists them; `null` if there is no route. */
  readonly methodsFor: (path: string) => string | null
  /** A header besides `Authorization` in which pages may send their token. */
  readonly tokenHeader?: string
}

const allowedHeaders = ['Authorization', 'Content-Type', 'If-None-Match', 'X-Request-Id', 'traceparent']
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
const maxAgeSeconds = 600

/**
 * Middleware: cross-origin access (Fetch standard, "CORS protocol") for the listed origins only. Must come before
 * authentication, because browsers send preflights without credentials. Adds `Vary: Origin` to every answer and answers
 * preflights of existing routes.
 */
export function createCors({ origins, credentials, methodsFor, tokenHeader }: CorsOptions): RequestHandler {
  const extra = tokenHeader === undefined || tokenHeader.toLowerCase() === 'authorization' ? [] : [tokenHeader]
  const common = {
    credentials,
    allowedHeaders: [...allowedHeaders, ...extra].join(', '),
    exposedHeaders: exposedHeaders.join(', '),
    maxAge: maxAgeSeconds,
  }
  const allowedOrigins = new Set(origins)
  const handle = cors<Request>((request, callback) => {
    callback(null, { ...common, origin: true, methods: methodsFor(request.path) ?? '' })
  })

  return (request, response, next) => {
    const { origin } = request.headers
    const isAllowed = origin !== undefined && allowedOrigins.has(origin)
    const isPreflight = request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined
    const isOfRoute = origin !== undefined && methodsFor(request.path) !== null
    if (isAllowed && (request.method !== 'OPTIONS' || (isPreflight && isOfRoute))) {
      handle(request, response, next)
      return
    }
    response.vary('Origin')
    if (isPreflight && isOfRoute) response.status(204).end()
    else next()
  }
}
