import type { ErrorRequestHandler, RequestHandler, Response } from 'express'
import { FinAuthError } from '../finauth/errors.js'
import { RefreshFailedError } from '../snapshot-cache/types.js'
import { contextOf } from './context.js'
import { type ProblemCode, problemDocument, ProblemError, problems, retryAfter } from './problem.js'
import { respond } from './respond.js'

export interface ErrorHandlerOptions {
  /** Whether this instance is shutting down, which then explains aborted work. */
  readonly isShuttingDown: () => boolean
  /** Called with unexpected errors; the caller gets a fixed text and the request id only. */
  readonly onUnexpectedError: (error: unknown, requestId: string) => void
}

/** Error middleware: answers any error with one of the documented problems. Must come last. */
export function errorHandler({ isShuttingDown, onUnexpectedError }: ErrorHandlerOptions): ErrorRequestHandler {
  return (error: unknown, _request, response, _next) => {
    const isAborted = isAbort(error) || error instanceof RefreshFailedError
    if (contextOf(response).isClosed && isAborted) return // The caller disconnected.
    const problem = toProblem(error) ?? (isAborted && isShuttingDown() ? shuttingDown : null)
    if (!problem) onUnexpectedError(error, contextOf(response).requestId)
    if (response.headersSent) response.destroy()
    else sendProblem(response, problem ?? internal)
  }
}

/** Middleware for paths without a route. */
export const notFound: RequestHandler = () => {
  throw new ProblemError('not_found', { detail: 'No such route. /openapi.yaml lists all routes.' })
}

/** Handler for methods that the route does not have. */
export function methodNotAllowed(allow: string): RequestHandler {
  return ({ method }) => {
    throw new ProblemError('method_not_allowed', {
      detail: `This route supports ${allow}, not ${method}.`,
      headers: { Allow: allow },
    })
  }
}

/** Answers with the problem as `application/problem+json` (RFC 9457). */
function sendProblem(response: Response, { code, options }: ProblemError): void {
  const context = contextOf(response)
  const { status = problems[code].status, retryAfterSeconds, headers = {}, reason } = options
  context.problem = code
  if (reason !== undefined) context.reason = reason
  const fields = ['Content-Type', 'application/problem+json', 'Cache-Control', 'no-store']
  if (retryAfterSeconds !== undefined) fields.push('Retry-After', String(retryAfterSeconds))
  const body = problemDocument(code, response.req.path, context.requestId, options)
  respond(response, { status, headers: [...fields, ...Object.entries(headers).flat()], body })
}

const internal = new ProblemError('internal', {
  detail: 'An unexpected error occurred. Give the request id to the operators.',
})
const shuttingDown = new ProblemError('shutting_down', {
  detail: 'This instance is shutting down. Another instance will answer.',
  retryAfterSeconds: 1,
})

function toProblem(error: unknown): ProblemError | null {
  if (error instanceof ProblemError) return error
  if (error instanceof FinAuthError || (error instanceof RefreshFailedError && error.code !== 'closed')) {
    const code = isUpstreamProblem(error.code) ? error.code : 'upstream_unavailable'
    return new ProblemError(code, {
      detail: upstreamDetails[code],
      retryAfterSeconds: retryAfter(error.retryAfterMs ?? 1000),
    })
  }
  const status = clientErrorStatus(error)
  if (status === null) return null
  return new ProblemError(status === 404 ? 'not_found' : 'invalid_request', {
    status,
    detail: status === 400 ? 'The request path cannot be decoded.' : 'The request cannot be processed.',
  })
}

const upstreamDetails = {
  upstream_rejected: 'The vendor refused our request. Retrying does not help; the operators have to act.',
  upstream_invalid_response: 'The vendor returned an unusable answer.',
  upstream_unavailable: 'The vendor could not be reached or failed.',
  upstream_overloaded: 'The vendor is answering too many concurrent calls.',
  upstream_timeout: 'The vendor did not answer in time.',
} as const satisfies Partial<Record<ProblemCode, string>>

/** The code may come from another replica through Redis, so it may be anything. */
function isUpstreamProblem(code: string): code is keyof typeof upstreamDetails {
  return Object.hasOwn(upstreamDetails, code)
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}

/** The 4xx status that Express and its middleware give to client errors (http-errors); `null` for any other error. */
function clientErrorStatus(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('status' in error)) return null
  const { status } = error
  return typeof status === 'number' && status >= 400 && status < 500 ? status : null
}
