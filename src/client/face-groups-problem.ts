import type { components } from '../face-groups/api-types.generated.js'

type Problem = components['schemas']['Problem']

/**
 * A documented problem; or `unreachable` where no answer came, and `unreadable_answer` where one came that is not
 * the service's (a proxy's error page).
 */
export type FaceGroupsProblemCode = components['schemas']['ProblemCode'] | 'unreachable' | 'unreadable_answer'

/** Why a call failed. `message` is a sentence that may be shown to people; `code` is what to decide by. */
export class FaceGroupsProblem extends Error {
  override readonly name = 'FaceGroupsProblem'
  readonly code: FaceGroupsProblemCode
  /** HTTP status; 0 where no answer came. */
  readonly status: number
  readonly title: string
  /** Leads to the cause in the service's logs; `null` where the service did not answer. */
  readonly requestId: string | null
  /** Every fault of the request, where it had any. */
  readonly errors: NonNullable<Problem['errors']>
  /** Whole seconds until another try is worth it, where the service told. */
  readonly retryAfterSeconds: number | null

  constructor(facts: ProblemFacts, options?: ErrorOptions) {
    super(facts.detail, options)
    this.code = facts.code
    this.status = facts.status
    this.title = facts.title
    this.requestId = facts.requestId ?? null
    this.errors = facts.errors ?? []
    this.retryAfterSeconds = facts.retryAfterSeconds ?? null
  }
}

interface ProblemFacts {
  readonly code: FaceGroupsProblemCode
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly requestId?: string | null
  readonly errors?: Problem['errors']
  readonly retryAfterSeconds?: number | undefined
}

/** The problem that an answer with an error status tells. `body` is what could be parsed of it. */
export function problemOf(response: Response, body: unknown): FaceGroupsProblem {
  if (isProblem(body)) return new FaceGroupsProblem(body)
  return new FaceGroupsProblem({
    code: 'unreadable_answer',
    status: response.status,
    title: 'The answer cannot be read',
    detail: `Something on the way to the service answered with status ${response.status}.`,
    requestId: response.headers.get('x-request-id'),
  })
}

/** The problem that there was no answer. `cause` is fetch's own error. */
export function unreachable(cause: unknown): FaceGroupsProblem {
  return new FaceGroupsProblem(
    {
      code: 'unreachable',
      status: 0,
      title: 'The service cannot be reached',
      detail: 'The service cannot be reached. Is the network up?',
    },
    { cause },
  )
}

function isProblem(body: unknown): body is Problem {
  if (typeof body !== 'object' || body === null) return false
  const fields: Partial<Record<keyof Problem, unknown>> = body
  return typeof fields.code === 'string' && typeof fields.detail === 'string' && typeof fields.status === 'number'
}
