import type { components } from './api-types.generated.js'

type Problem = components['schemas']['Problem']

/**
 * A code that the service documents, or one of the client's own:
 * `unreachable`: no answer arrived; `unreadable_answer`: an answer that is not the service's;
 * `token_unavailable`: `token()` failed; `invalid_configuration`: `baseUrl` is missing or invalid.
 */
export type FaceGroupsProblemCode =
  | components['schemas']['ProblemCode']
  | 'unreachable'
  | 'unreadable_answer'
  | 'token_unavailable'
  | 'invalid_configuration'

/** Why a call failed. `message` is a sentence that may be shown to people; branch on `code`. */
export class FaceGroupsProblem extends Error {
  override readonly name = 'FaceGroupsProblem'
  readonly code: FaceGroupsProblemCode
  /** HTTP status; 0 if no complete answer arrived. */
  readonly status: number
  readonly title: string
  /** Identifies the request in the service's logs; `null` if the service did not answer. */
  readonly requestId: string | null
  /** Every fault of the request's parameters. */
  readonly errors: NonNullable<Problem['errors']>
  /** Whole seconds to wait before the next attempt; `null` if not given. */
  readonly retryAfterSeconds: number | null

  constructor(details: ProblemDetails, options?: ErrorOptions) {
    super(details.detail, options)
    this.code = details.code
    this.status = details.status
    this.title = details.title
    this.requestId = details.requestId ?? null
    this.errors = details.errors ?? []
    this.retryAfterSeconds = details.retryAfterSeconds ?? null
  }
}

interface ProblemDetails {
  readonly code: FaceGroupsProblemCode
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly requestId?: string | null
  readonly errors?: Problem['errors']
  readonly retryAfterSeconds?: number | null | undefined
}

/** What a gateway's own answer means, by its status; other statuses say nothing about the cause. */
const gatewayProblems: Readonly<Record<number, [code: FaceGroupsProblemCode, title: string]>> = {
  401: ['unauthenticated', 'Sign-in is required'],
  403: ['forbidden', 'Access is not allowed'],
  404: ['not_found', 'Not found'],
  429: ['rate_limited', 'Too many requests'],
  500: ['internal', 'The service failed'],
  502: ['upstream_unavailable', 'The service is not available'],
  503: ['upstream_unavailable', 'The service is not available'],
  504: ['upstream_timeout', 'The service did not answer in time'],
}

/**
 * The problem of an answer that carries no data. `body` is the parsed body. An answer that is not the service's
 * problem document, such as a gateway's error page, is classified by its status.
 */
export function problemFromAnswer(response: Response, body: unknown): FaceGroupsProblem {
  if (isProblem(body)) return new FaceGroupsProblem(body)
  const { status, headers } = response
  const fallback = status >= 500 ? gatewayProblems[500] : undefined
  const [code, title] = gatewayProblems[status] ?? fallback ?? ['unreadable_answer', localTitles.unreadable_answer]
  const retryAfter = headers.get('retry-after') ?? ''
  return new FaceGroupsProblem({
    code,
    status,
    title,
    detail: `The answer has status ${status} and does not come from the service itself.`,
    requestId: headers.get('x-request-id'),
    retryAfterSeconds: /^\d+$/.test(retryAfter) ? Number(retryAfter) : null,
  })
}

const localTitles = {
  unreachable: 'The service cannot be reached',
  unreadable_answer: 'The answer cannot be read',
  token_unavailable: 'No access token is available',
  invalid_configuration: 'The client is not configured correctly',
} as const

/** A problem without an HTTP status. */
export function localProblem(code: keyof typeof localTitles, detail: string, cause?: unknown): FaceGroupsProblem {
  return new FaceGroupsProblem({ code, status: 0, title: localTitles[code], detail }, { cause })
}

function isProblem(body: unknown): body is Problem {
  if (typeof body !== 'object' || body === null) return false
  const fields: Partial<Record<keyof Problem, unknown>> = body
  return typeof fields.code === 'string' && typeof fields.detail === 'string' && typeof fields.status === 'number'
}
