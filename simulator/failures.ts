/** One answer of the vendor. */
export interface Answer {
  readonly status: number
  readonly contentType: string
  readonly body: Buffer
}

interface Failure {
  readonly status: number
  readonly error: string
  readonly plainText?: true
}

/** The vendor's failure taxonomy: every row, and every known spelling. */
export const failures = {
  missing_arguments: { status: 400, error: 'MISSING_ARGUMENTS: sign' },
  bad_arguments: { status: 400, error: 'BAD_ARGUMENTS: sign_version' },
  authentication_error: { status: 403, error: 'AUTHENTICATION_ERROR' },
  authentication_error_401: { status: 401, error: 'AUTHENTICATION_ERROR' },
  expired_sign: { status: 403, error: 'AUTHORIZATION_ERROR: EXPIRED_SIGN' },
  invalid_sign: { status: 403, error: 'AUTHORIZATION_ERROR: INVALID_SIGN' },
  api_key_be_discontinued: { status: 403, error: 'AUTHORIZATION_ERROR: API_KEY_BE_DISCONTINUED' },
  ip_not_allowed: { status: 403, error: 'AUTHORIZATION_ERROR: IP_NOT_ALLOWED' },
  limit_reached: { status: 403, error: 'AUTHORIZATION_ERROR: LIMIT_REACHED' },
  more_retry_times: { status: 403, error: 'AUTHORIZATION_ERROR: MORE_RETRY_TIMES' },
  denied: { status: 403, error: 'AUTHORIZATION_ERROR: DENIED' },
  no_permission: { status: 403, error: 'AUTHORIZATION_ERROR: NO_FACESEARCH_PERMISSION' },
  denied_by_client: { status: 403, error: 'AUTHORIZATION_ERROR: Denied by Client' },
  denied_by_admin: { status: 403, error: 'AUTHORIZATION_ERROR: Denied by Admin' },
  insufficient_account_balance: { status: 403, error: 'AUTHORIZATION_ERROR: Insufficient Account Balance' },
  unknown_authorization_error: { status: 403, error: 'AUTHORIZATION_ERROR: SOMETHING_NEW' },
  concurrency_limit_exceeded: { status: 403, error: 'CONCURRENCY_LIMIT_EXCEEDED' },
  concurrency_limit_exceeded_429: { status: 429, error: 'CONCURRENCY_LIMIT_EXCEEDED' },
  api_not_found: { status: 404, error: 'API_NOT_FOUND' },
  request_entity_too_large: { status: 413, error: 'Request Entity Too Large', plainText: true },
  internal_error: { status: 500, error: 'INTERNAL_ERROR' },
} as const satisfies Record<string, Failure>

export type FailureName = keyof typeof failures

export function isFailureName(value: unknown): value is FailureName {
  return typeof value === 'string' && Object.hasOwn(failures, value)
}

export interface FailureOptions {
  /** Overrides the status of the table. */
  readonly status?: number | undefined
  /** Omits the space after the colon, as some of the vendor's pages do. */
  readonly tight?: boolean | undefined
}

export function failureAnswer(name: FailureName, options: FailureOptions = {}): Answer {
  const failure: Failure = failures[name]
  const error = options.tight === true ? failure.error.replace(': ', ':') : failure.error
  const status = options.status ?? failure.status
  return failure.plainText === true
    ? { status, contentType: 'text/plain; charset=utf-8', body: Buffer.from(error) }
    : errorAnswer(status, error)
}

export function errorAnswer(status: number, error: string): Answer {
  return jsonAnswer(status, { error })
}

export function jsonAnswer(status: number, value: unknown): Answer {
  return { status, contentType: 'application/json; charset=utf-8', body: Buffer.from(JSON.stringify(value)) }
}
