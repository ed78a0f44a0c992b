/** What went wrong between us and FinAuth; each is also the code of a documented problem. */
export type FinAuthErrorCode =
  | 'upstream_rejected'
  | 'upstream_invalid_response'
  | 'upstream_unavailable'
  | 'upstream_overloaded'
  | 'upstream_timeout'

/** A call to FinAuth failed, all attempts included. Built from an allow-list: no secret, signature, header, body or transport object. */
export class FinAuthError extends Error {
  override readonly name = 'FinAuthError'
  readonly code: FinAuthErrorCode
  /** The vendor's own code without its free text, e.g. `AUTHENTICATION_ERROR`; absent where it gave none. */
  readonly vendorCode: string | undefined
  readonly httpStatus: number | undefined
  /** The vendor's id of the failed call, for tracing it with the vendor. */
  readonly requestId: string | undefined
  /** Whether calling again soon may help; it cannot for credentials, account and contract. Default `true`. */
  readonly retryable: boolean
  /** Milliseconds the vendor asked us to wait, where it did. */
  readonly retryAfterMs: number | undefined

  constructor(code: FinAuthErrorCode, message: string, facts: Partial<Omit<FinAuthError, keyof Error | 'code'>> = {}) {
    super(message)
    this.code = code
    this.vendorCode = facts.vendorCode
    this.httpStatus = facts.httpStatus
    this.requestId = facts.requestId
    this.retryable = facts.retryable ?? true
    this.retryAfterMs = facts.retryAfterMs
  }
}

interface FailureClass {
  readonly outcome: string
  /** How the client goes on within the call. */
  readonly retry: 'none' | 'backoff' | 're-sign' | 'other-credentials'
  /** Of the error that ends the call. */
  readonly retryable: boolean
  readonly message: string
}

const passing = { retry: 'backoff', retryable: true } as const
const lasting = { retry: 'none', retryable: false } as const
const rejected = { outcome: 'rejected', ...lasting } as const
const invalid = { outcome: 'invalid_response' } as const
const unavailable = { outcome: 'unavailable' } as const

/** Everything that can be wrong with an attempt, and the one place that says what follows from it. */
export const diagnoses = {
  malformed_request: { ...rejected, message: 'FinAuth found our request malformed' },
  wrong_url: { ...rejected, message: 'FinAuth does not know the address we called' },
  too_large: { ...rejected, message: 'FinAuth found our request too large' },
  refused: { ...rejected, message: 'FinAuth refused our request' },
  account: { ...rejected, message: 'FinAuth does not let our account do this' },
  credentials: {
    outcome: 'credentials_rejected',
    retry: 'other-credentials',
    retryable: false,
    message: 'FinAuth rejected our credentials',
  },
  // Retryable, because the next call signs by the skew that this one measured.
  expired_sign: {
    outcome: 'expired_sign',
    retry: 're-sign',
    retryable: true,
    message: 'FinAuth found our signature expired',
  },
  overloaded: { outcome: 'overloaded', ...passing, message: 'FinAuth takes no more calls at the moment' },
  vendor_fault: { ...unavailable, ...passing, message: 'FinAuth failed' },
  unreachable: { ...unavailable, ...passing, message: 'FinAuth cannot be reached' },
  certificate: {
    ...unavailable,
    ...lasting,
    message: 'the certificate of FinAuth or of the egress proxy is not trusted',
  },
  timeout: { outcome: 'timeout', ...passing, message: 'FinAuth did not answer in time' },
  cut_off: { ...invalid, ...passing, message: 'the answer of FinAuth broke off' },
  unparseable: { ...invalid, ...passing, message: 'the answer of FinAuth is not JSON' },
  invalid_shape: { ...invalid, ...lasting, message: 'the answer of FinAuth does not have the documented shape' },
  oversized: { ...invalid, ...lasting, message: 'the answer of FinAuth is too large' },
  redirected: { ...invalid, ...lasting, message: 'FinAuth answered with a redirect' },
  unknown_error: { ...invalid, retry: 'none', retryable: true, message: 'FinAuth answered with an unknown error' },
} as const satisfies Record<string, FailureClass>

export type Diagnosis = keyof typeof diagnoses

/** How one attempt ended; a closed set, usable as a metric's label. */
export type AttemptOutcome = 'success' | 'aborted' | (typeof diagnoses)[Diagnosis]['outcome']

/** One failed attempt: what was wrong and what is known of it, none of it secret. */
export interface AttemptFailure {
  readonly diagnosis: Diagnosis
  /** The transport's code, e.g. `ECONNREFUSED`. Letters, digits and `_` only. */
  readonly reason?: string | undefined
  readonly vendorCode?: string | undefined
  readonly httpStatus?: number | undefined
  readonly requestId?: string | undefined
  readonly retryAfterMs?: number | undefined
}

/** The error that ends a call whose last attempt failed like this. */
export function toFinAuthError({ diagnosis, reason, ...facts }: AttemptFailure): FinAuthError {
  const { outcome, message, retryable } = diagnoses[diagnosis]
  const isRejected = outcome === 'credentials_rejected' || outcome === 'expired_sign'
  const code = isRejected ? 'upstream_rejected' : (`upstream_${outcome}` as const)
  const known = [facts.vendorCode ?? reason, facts.httpStatus && `HTTP ${facts.httpStatus}`].filter(Boolean).join(', ')
  return new FinAuthError(code, known === '' ? message : `${message} (${known})`, { ...facts, retryable })
}

/** What an answer's `error` string, or its HTTP status where there is none, means. */
export interface VendorError {
  readonly diagnosis: Diagnosis
  /** The decisive part of the vendor's code, e.g. `IP_NOT_ALLOWED`; absent where it gave none that is safe to show. */
  readonly vendorCode?: string
  /** Whether the vendor does not document it. */
  readonly unknown: boolean
}

const documented: ReadonlyMap<string, Diagnosis> = new Map([
  ['MISSING_ARGUMENTS', 'malformed_request'],
  ['BAD_ARGUMENTS', 'malformed_request'],
  ['AUTHENTICATION_ERROR', 'credentials'],
  ['INVALID_SIGN', 'credentials'],
  // The vendor lists it with what the account may not do; but it is about this key, and a rotation ends with it.
  ['API_KEY_BE_DISCONTINUED', 'credentials'],
  ['EXPIRED_SIGN', 'expired_sign'],
  ['CONCURRENCY_LIMIT_EXCEEDED', 'overloaded'],
  ['API_NOT_FOUND', 'wrong_url'],
  ['REQUEST_ENTITY_TOO_LARGE', 'too_large'],
  ['INTERNAL_ERROR', 'vendor_fault'],
])
const accountCode =
  /^(?:AUTHORIZATION_ERROR|IP_NOT_ALLOWED|LIMIT_REACHED|MORE_RETRY_TIMES|DENIED(?:_BY_CLIENT|_BY_ADMIN)?|INSUFFICIENT_ACCOUNT_BALANCE|NO_(?:[A-Z]+_)*PERMISSION)$/
// Words of letters alone: neither a key nor a signature that an unknown error may quote looks like this.
const safeCode = /^[A-Z]{1,24}(?:_[A-Z]{1,24}){0,5}$/

/** Decides by the `error` string first, whatever the HTTP status; an unknown code counts as its HTTP class. */
export function readError(error: string, httpStatus: number): VendorError {
  const [code = '', reason = ''] = error.slice(0, 256).split(':', 2).map(toCode)
  const decisive = code === 'AUTHORIZATION_ERROR' && reason !== '' ? reason : code
  const diagnosis = accountCode.test(decisive) ? 'account' : documented.get(decisive)
  if (diagnosis) return { diagnosis, vendorCode: decisive, unknown: false }
  return {
    // AUTHORIZATION_ERROR is documented as open-ended: whatever its reason, the account may not.
    diagnosis: code === 'AUTHORIZATION_ERROR' ? 'account' : diagnoseStatus(httpStatus),
    ...(safeCode.test(decisive) ? { vendorCode: decisive } : {}),
    unknown: true,
  }
}

const diagnosesByStatus: Readonly<Partial<Record<number, Diagnosis>>> = {
  400: 'malformed_request',
  401: 'credentials',
  402: 'account',
  403: 'account',
  404: 'wrong_url',
  408: 'timeout',
  413: 'too_large',
  429: 'overloaded',
}

/** What an HTTP status means by itself; a 2xx without a usable body is an `unknown_error`. */
export function diagnoseStatus(httpStatus: number): Diagnosis {
  if (httpStatus >= 500) return 'vendor_fault'
  if (httpStatus < 300) return 'unknown_error'
  return httpStatus < 400 ? 'redirected' : (diagnosesByStatus[httpStatus] ?? 'refused')
}

/** Free-text variants such as `Denied by Client` become a code like the others. */
function toCode(part: string): string {
  return part
    .trim()
    .toUpperCase()
    .replaceAll(/[\s-]+/g, '_')
}
