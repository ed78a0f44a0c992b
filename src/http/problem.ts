import type { QueryFault } from '../face-groups/search-params.js'
import type { RefusalReason } from './authentication/refusals.js'

/**
 * Every problem (RFC 9457) that a caller can get. This table maps each problem code to its HTTP status and title; an
 * unknown code does not compile.
 */
export const problems = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  unauthenticated: { status: 401, title: 'Authentication is required' },
  forbidden: { status: 403, title: 'The caller may not do this' },
  cross_site_request: { status: 403, title: 'The request came from another site' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'The method is not allowed here' },
  not_acceptable: { status: 406, title: 'No acceptable representation' },
  rate_limited: { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Internal error' },
  upstream_rejected: { status: 502, title: 'The vendor refused our request' },
  upstream_invalid_response: { status: 502, title: 'The vendor gave an unusable answer' },
  upstream_unavailable: { status: 503, title: 'The vendor cannot be reached' },
  upstream_overloaded: { status: 503, title: 'The vendor is overloaded' },
  identity_provider_unavailable: { status: 503, title: 'The identity provider cannot be reached' },
  shutting_down: { status: 503, title: 'This instance is shutting down' },
  upstream_timeout: { status: 504, title: 'The vendor did not answer in time' },
} as const satisfies Record<string, { status: number; title: string }>

export type ProblemCode = keyof typeof problems

export interface ProblemOptions {
  /** Overrides the table's status: a 4xx, for an error of a library without a code of its own. */
  readonly status?: number
  /** A sentence for the caller. Contains no secret and nothing of the vendor's raw answer. */
  readonly detail?: string
  readonly errors?: readonly QueryFault[]
  /** Whole seconds until a retry is useful; sent as `Retry-After` and `retryAfterSeconds`. */
  readonly retryAfterSeconds?: number
  /** Further response headers, e.g. `WWW-Authenticate` or `Allow`. */
  readonly headers?: Readonly<Record<string, string>>
  /** Why the request was refused, for the access log and `auth_failures_total`; not shown to the caller. */
  readonly reason?: RefusalReason
}

/** Throw it anywhere on the request path to answer with the problem `code`. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  readonly code: ProblemCode
  readonly options: ProblemOptions

  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    super(options.detail ?? problems[code].title)
    this.code = code
    this.options = options
  }
}

/** The body of a problem (RFC 9457). */
export function problemDocument(
  code: ProblemCode,
  instance: string,
  requestId: string,
  options: ProblemOptions,
): string {
  const { title, status: usualStatus } = problems[code]
  const { status = usualStatus, detail = title, errors, retryAfterSeconds } = options
  const type = `/problems/${code}`
  return JSON.stringify({ type, title, status, detail, instance, code, requestId, errors, retryAfterSeconds })
}

/** Milliseconds as the value of `Retry-After` (RFC 9110 §10.2.3): whole seconds, rounded up, at least 1. */
export function retryAfter(milliseconds: number): number {
  return Math.max(1, Math.ceil(milliseconds / 1000))
}
