import type { ErrorRequestHandler, RequestHandler, Response } from 'express'
import { FinAuthError } from '../finauth/errors.js'
import { RefreshFailedError } from '../snapshot-cache/types.js'
import { contextOf } from './context.js'
import { type ProblemCode, ProblemError, problems, retryAfter } from './problem.js'
import { respond } from './respond.js'

export interface ErrorHandlerOptions {
  /** Whether this instance is shutting down, which is then the reason for aborted work. */
  readonly isShuttingDown: () => boolean
  /** Called with errors nobody foresaw; the caller gets a fixed text and the request id only. */
  readonly onUnexpectedError: (error: unknown, requestId: string) => void
}

/** Error middleware: answers whatever was thrown with one of the documented problems. The last in the chain. */
export function errorHandler({ isShuttingDown, onUnexpectedError }: ErrorHandlerOptions): ErrorRequestHandler {
  return (error: unknown, _request, response, _next) => {
    const isAborted = isAbort(error) || error instanceof RefreshFailedError
    if (contextOf(response).isClosed && isAborted) return // The caller has gone; nobody is left to answer.
    const problem = toProblem(error) ?? (isAborted && isShuttingDown() ? shuttingDown : null)
    if (!problem) onUnexpectedError(error, contextOf(response).requestId)
    if (response.headersSent) response.destroy()
    else sendProblem(response, problem ?? internal)
  }
}

/** Middleware: any route nobody answered. */
export const notFound: RequestHandler = () => {
  throw new ProblemError('not_found', { detail: 'There is no such route; /openapi.yaml lists those there are.' })
}

/** Handler: a method the route does not have. */
export function methodNotAllowed(allow: string): RequestHandler {
  return ({ method }) => {
    throw new ProblemError('method_not_allowed', {
      detail: `This route answers ${allow}, not ${method}.`,
      headers: { Allow: allow },
    })
  }
}

/** Answers with the problem as `application/problem+json` (RFC 9457). */
function sendProblem(response: Response, { code, options }: ProblemError): void {
  const context = contextOf(response)
  const { title, status: usualStatus } = problems[code]
  const { status = usualStatus, detail = title, errors, retryAfterSeconds, headers = {}, reason } = options
  context.problem = code
  if (reason !== undefined) context.reason = reason
  const { requestId } = context
  const instance = response.req.path
  const body = {
    type: `/problems/${code}`,
    title,
    status,
    detail,
    instance,
    code,
    requestId,
    errors,
    retryAfterSeconds,
  }
  const fields = ['Content-Type', 'application/problem+json', 'Cache-Control', 'no-store']
  if (retryAfterSeconds !== undefined) fields.push('Retry-After', String(retryAfterSeconds))
  respond(response, { status, headers: [...fields, ...Object.entries(headers).flat()], body: JSON.stringify(body) })
}

const internal = new ProblemError('internal', {
  detail: 'Something went wrong on our side; the request id leads to the cause.',
})
const shuttingDown = new ProblemError('shutting_down', {
  detail: 'This instance is shutting down; another one will answer.',
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
    detail: status === 400 ? 'The path of the request cannot be read.' : 'The request cannot be processed.',
  })
}

const upstreamDetails = {
  upstream_rejected: 'The vendor refused our request; this needs the operator, not another try.',
  upstream_invalid_response: 'The vendor’s answer could not be used.',
  upstream_unavailable: 'The vendor could not be reached or failed.',
  upstream_overloaded: 'The vendor is answering too many calls at once.',
  upstream_timeout: 'The vendor did not answer in time.',
} as const satisfies Partial<Record<ProblemCode, string>>

/** The code may come from another replica by way of Redis, which may hold anything. */
function isUpstreamProblem(code: string): code is keyof typeof upstreamDetails {
  return Object.hasOwn(upstreamDetails, code)
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}

/** The 4xx that Express and its middleware give errors of the request (http-errors); `null` for any other error. */
function clientErrorStatus(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('status' in error)) return null
  const { status } = error
  return typeof status === 'number' && status >= 400 && status < 500 ? status : null
}
