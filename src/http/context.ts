import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Request, RequestHandler, Response } from 'express'
import type { Caller } from './authentication/caller.js'
import type { RefusalReason } from './authentication/refusals.js'

export const cacheResults = ['fresh', 'stale', 'miss', 'error'] as const

/** How the cache answered, for the access log, the metrics and `Cache-Status`. */
export type CacheResult = (typeof cacheResults)[number]

/** State of the request being answered, in `response.locals.context`. Middleware and handlers add to it. */
export interface RequestContext {
  /** The caller's `X-Request-Id` if well-formed, else new. */
  readonly requestId: string
  /** The trace id of a W3C `traceparent`, for logs only. */
  readonly traceId: string | undefined
  /** Overrides the route's path in logs and metrics, if many paths are one route. */
  route?: string
  /** Headers of every answer that `respond` sends for this request, e.g. `RateLimit`: alternating names and values. */
  readonly headers: string[]
  /** Whether data was requested, so that the log line is an audit line. */
  isDataAccess: boolean
  caller?: Caller
  cache?: CacheResult
  /** How many groups the answer contains. */
  disclosed?: number
  /** The id of the group in the answer, if it was requested by id. */
  group?: string
  /** The problem's code, if the answer is a problem. */
  problem?: string
  /** Why the request was refused. */
  reason?: RefusalReason
  /** Whether the answer is complete or the caller has gone. */
  isClosed: boolean
}

/** A request that was answered or aborted, for the access log and the metrics. */
export interface RequestRecord {
  readonly context: RequestContext
  readonly method: string
  /** The route's template, e.g. `/api/face-groups/{groupId}`; never the raw path, which may contain anything. */
  readonly route: string
  /** The status sent, or 499 if the caller disconnected before the answer was complete. */
  readonly status: number
  readonly durationMs: number
  /** The client's address, as far as `trust proxy` allows it to be trusted; absent unless it is to be logged. */
  readonly clientAddress: string | undefined
}

/** The route of a request that no route answered. */
export const noRoute = '(none)'

const wellFormedId = /^[\w.:/+=,@-]{1,128}$/
const wellFormedTrace = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/

export interface RequestContextOptions {
  /** Called once per request when its answer was sent or aborted. */
  readonly onEnd: (record: RequestRecord) => void
  /** Whether records have the client's address. Default: no. */
  readonly logClientAddress?: boolean
}

/** Middleware: creates the request context and reports the request when it ends. Must come first. */
export function requestContext({ onEnd, logClientAddress }: RequestContextOptions): RequestHandler {
  return (request, response, next) => {
    const startedAtMs = performance.now()
    const context: RequestContext = {
      requestId: requestIdOf(request),
      traceId: traceIdOf(request),
      headers: [],
      isDataAccess: false,
      isClosed: false,
    }
    response.locals['context'] = context
    const clientAddress = logClientAddress ? request.ip : undefined
    response.on('close', () => {
      context.isClosed = true
      onEnd({
        context,
        method: request.method,
        route: context.route ?? routeOf(request),
        status: response.writableFinished ? response.statusCode : 499,
        durationMs: performance.now() - startedAtMs,
        clientAddress,
      })
    })
    next()
  }
}

/** The request's context. Throws if `requestContext` did not run first. */
export function contextOf(response: Response): RequestContext {
  const context = response.locals['context'] as RequestContext | undefined
  if (context === undefined) throw new Error('the request has no context: requestContext must come first')
  return context
}

/** Aborts when the caller disconnects before the answer is complete. */
export function abortedOnClose(response: Response): AbortSignal {
  const controller = new AbortController()
  if (contextOf(response).isClosed) controller.abort()
  else response.once('close', () => controller.abort())
  return controller.signal
}

/** `/api/face-groups/:groupId` as `/api/face-groups/{groupId}`; a route without a string path counts as none. */
function routeOf(request: Request): string {
  const { path } = (request.route ?? {}) as { path?: unknown }
  if (typeof path !== 'string') return noRoute
  const route = request.baseUrl + path
  return route.includes(':') ? route.replaceAll(/:(\w+)/g, '{$1}') : route
}

function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && wellFormedId.test(given) ? given : randomUUID()
}

function traceIdOf({ headers }: IncomingMessage): string | undefined {
  const given = headers['traceparent']
  const traceId = typeof given === 'string' ? wellFormedTrace.exec(given)?.[1] : undefined
  return traceId === undefined || /^0+$/.test(traceId) ? undefined : traceId
}
