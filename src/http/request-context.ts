import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { performance } from 'node:perf_hooks'
import type { Response } from 'express'
import type { Caller } from './authentication/caller.js'

/** How the cache answered, for the access log, the metrics and `Cache-Status`. */
export type CacheResult = (typeof cacheResults)[number]

export const cacheResults = ['fresh', 'stale', 'miss', 'error'] as const

/** What is known of the request being answered; grows as it travels inwards. */
export interface RequestContext {
  /** The caller's `X-Request-Id` if well-formed, else new. */
  readonly requestId: string
  /** The trace id of a W3C `traceparent`, for the logs alone. */
  readonly traceId: string | undefined
  /** The route's template, e.g. `/api/face-groups/{groupId}`; never the raw path, which may hold anything. */
  route: string
  /** From `headerLines`: those that every answer to this request carries (CORS, RateLimit). */
  lines: string
  caller?: Caller
  cache?: CacheResult
  /** How many groups the answer showed; set on data access alone, which makes the log line an audit line. */
  disclosed?: number
  /** The id of the group shown, where one was asked for by its id. */
  group?: string
  /** The problem's code, where the answer is one. */
  problem?: string
}

export interface RequestRecord extends RequestContext {
  readonly method: string
  /** The status sent, or 499 where the caller went away before the answer was complete. */
  readonly status: number
  readonly durationSeconds: number
  /** Unix time in milliseconds. */
  readonly endedAtMs: number
}

/** A property rather than a WeakMap, which the garbage collector pays for with every request. */
const contextKey = Symbol('request context')

interface WithContext {
  [contextKey]?: StartedRecord
}

const wellFormedId = /^[\w.:/+=,@-]{1,128}$/
const wellFormedTrace = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/
const unroutedRoute = '(none)'

type StartedRecord = { -readonly [K in keyof RequestRecord]: RequestRecord[K] } & {
  /** Of the monotonic clock. */
  readonly startedAtMs: number
}

export interface RequestContextOptions {
  /** Called once per request when its answer has been sent or given up. */
  readonly onEnd: (record: RequestRecord) => void
}

/** Makes the function that gives a request its context and reports it when it ends. It comes before all else. */
export function requestContext({ onEnd }: RequestContextOptions) {
  function end(this: ServerResponse): void {
    const context = (this as WithContext)[contextKey]
    if (!context) return
    context.status = this.writableFinished ? this.statusCode : 499
    context.durationSeconds = (performance.now() - context.startedAtMs) / 1000
    context.endedAtMs = Date.now()
    onEnd(context)
  }

  return (request: IncomingMessage, response: ServerResponse): void => {
    const context: StartedRecord = {
      startedAtMs: performance.now(),
      requestId: requestIdOf(request),
      traceId: traceIdOf(request),
      route: unroutedRoute,
      lines: '',
      method: request.method ?? '',
      status: 0,
      durationSeconds: 0,
      endedAtMs: 0,
    }
    ;(response as WithContext)[contextKey] = context
    response.on('close', end)
  }
}

/** The context that the request was given. Throws where it was given none: a fault of composition. */
export function contextOf(response: Response): RequestContext {
  const context = (response as WithContext)[contextKey]
  if (!context) throw new Error('the request has no context: requestContext must come first')
  return context
}

/** Aborts when the caller goes away before the answer is complete. */
export function abortedOnClose(response: Response): AbortSignal {
  const controller = new AbortController()
  response.once('close', () => controller.abort())
  return controller.signal
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
