import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express'
import { FinAuthError } from '../finauth/errors.js'
import { RefreshFailedError } from '../snapshot-cache/types.js'
import { type ProblemCode, ProblemError, type ProblemOptions, problems, retryAfter } from './problem.js'
import { reply } from './reply.js'
import { contextOf } from './request-context.js'
import { isAnswered } from './send-message.js'

/** Answers with the problem as `application/problem+json` (RFC 9457). */
function sendProblem(response: Response, code: ProblemCode, options: ProblemOptions = {}): void {
  const context = contextOf(response)
  const { status, title } = problems[code]
  context.problem = code
  const { retryAfterSeconds } = options
  const body = {
    type: `/problems/${code}`,
    title,
    status,
    detail: options.detail ?? title,
    instance: pathOf(response.req) ?? `urn:uuid:${context.requestId}`,
    code,
    requestId: context.requestId,
    ...(options.errors && { errors: options.errors }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  }
  reply(response, {
    status,
    headers: [
      'Content-Type',
      'application/problem+json',
      'Cache-Control',
      'no-store',
      ...(retryAfterSeconds === undefined ? [] : ['Retry-After', String(retryAfterSeconds)]),
      ...Object.entries(options.headers ?? {}).flat(),
    ],
    body: JSON.stringify(body),
  })
}

/** `null` for a target such as `http://[`, which Express throws for. */
function pathOf(request: Request): string | null {
  try {
    return request.path
  } catch {
    return null
  }
}

/** Middleware: any route nobody answered. */
export const notFound: RequestHandler = (_request, response) => {
  sendProblem(response, 'not_found', { detail: 'There is no such route; /openapi.yaml lists those there are.' })
}

/** Handler: a method the route does not have. */
export function methodNotAllowed(allow: string, route: string): RequestHandler {
  return (request, response) => {
    contextOf(response).route = route
    sendProblem(response, 'method_not_allowed', {
      detail: `This route answers ${allow}, not ${request.method}.`,
      headers: { Allow: allow },
    })
  }
}

export interface ErrorHandlerOptions {
  /** Whether this instance is on its way out, which is then the reason for aborted work. */
  readonly isShuttingDown: () => boolean
  /** Told of errors nobody foresaw; the caller learns a fixed text and the request id alone. */
  readonly onUnexpectedError: (error: unknown, requestId: string) => void
}

/** Error middleware: turns whatever was thrown into one of the documented problems. The last in the chain. */
export function errorHandler({ isShuttingDown, onUnexpectedError }: ErrorHandlerOptions): ErrorRequestHandler {
  return (error: unknown, _request, response, _next) => {
    const isGivenUp = isAbort(error) || error instanceof RefreshFailedError
    const problem = toProblem(error) ?? (isGivenUp && isShuttingDown() ? shuttingDown : null)
    if (response.closed && isGivenUp) return // The caller went away; nobody is left to answer.
    if (!problem) onUnexpectedError(error, contextOf(response).requestId)
    if (isAnswered(response)) {
      response.destroy()
      return
    }
    sendProblem(response, problem?.code ?? 'internal', problem?.options ?? internal)
  }
}

export const unreadablePath = new ProblemError('invalid_request', { detail: 'The path of the request cannot be read.' })

const internal: ProblemOptions = { detail: 'Something went wrong on our side; the request id leads to the cause.' }
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
  // The router's own refusals (a path that does not decode) carry a status and speak of the request alone.
  return isClientError(error) ? unreadablePath : null
}

const upstreamDetails = {
  upstream_rejected: 'The vendor refused our request; this needs the operator, not another try.',
  upstream_invalid_response: 'The vendor’s answer could not be used.',
  upstream_unavailable: 'The vendor could not be reached or failed.',
  upstream_overloaded: 'The vendor is answering too many calls at once.',
  upstream_timeout: 'The vendor did not answer in time.',
} as const satisfies Partial<Record<ProblemCode, string>>

/** The code may come from another replica, by way of Redis, where anything may stand. */
function isUpstreamProblem(code: string): code is keyof typeof upstreamDetails {
  return Object.hasOwn(upstreamDetails, code)
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}

function isClientError(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'status' in error && error.status === 400
}
