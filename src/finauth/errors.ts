/** The kinds of failure of a call to FinAuth; each is also the code of a documented problem. */
export type FinAuthErrorCode = `upstream_${'rejected' | 'invalid_response' | 'unavailable' | 'overloaded' | 'timeout'}`

/** A call to FinAuth failed, after all attempts. Contains no secret, signature, header, body or transport object. */
export class FinAuthError extends Error {
  override readonly name = 'FinAuthError'
  readonly code: FinAuthErrorCode
  /** The vendor's own code without its free text, e.g. `AUTHENTICATION_ERROR`; absent if it gave none. */
  readonly vendorCode: string | undefined
  readonly httpStatus: number | undefined
  /** The vendor's id of the failed call, for support requests. */
  readonly requestId: string | undefined
  /** Whether another call soon may succeed; false for credentials, account and contract failures. Default `true`. */
  readonly retryable: boolean = true
  /** Milliseconds that the vendor asked us to wait, if it did. */
  readonly retryAfterMs: number | undefined

  constructor(code: FinAuthErrorCode, message: string, facts: Partial<Omit<FinAuthError, keyof Error | 'code'>> = {}) {
    super(message)
    this.code = code
    Object.assign(this, facts)
  }
}

interface FailureClass {
  readonly outcome: string
  /** How the client continues within the call. */
  readonly retry: 'none' | 'backoff' | 're-sign' | 'other-credentials'
  /** Of the error that ends the call. */
  readonly retryable: boolean
  readonly message: string
}

const transient = { retry: 'backoff', retryable: true } as const
const permanent = { retry: 'none', retryable: false } as const
const rejected = { outcome: 'rejected', ...permanent } as const
const rejectedPair = { outcome: 'credentials_rejected', retry: 'other-credentials', retryable: false } as const
// Retryable, because the next call signs with the clock skew measured by this one.
const expired = { outcome: 'expired_sign', retry: 're-sign', retryable: true } as const
const invalid = { outcome: 'invalid_response' } as const
const unavailable = { outcome: 'unavailable' } as const

/** All diagnoses of an attempt, and the only place that defines their consequences. */
export const diagnoses = {
  malformed_request: { ...rejected, message: 'FinAuth reports a malformed request' },
  wrong_url: { ...rejected, message: 'FinAuth reports an unknown address' },
  too_large: { ...rejected, message: 'FinAuth reports a request that is too large' },
  refused: { ...rejected, message: 'FinAuth refused our request' },
  account: { ...rejected, message: 'FinAuth does not allow this for our account' },
  credentials: { ...rejectedPair, message: 'FinAuth rejected our credentials' },
  expired_sign: { ...expired, message: 'FinAuth reports an expired signature' },
  overloaded: { outcome: 'overloaded', ...transient, message: 'FinAuth is overloaded' },
  vendor_fault: { ...unavailable, ...transient, message: 'FinAuth failed' },
  unreachable: { ...unavailable, ...transient, message: 'FinAuth cannot be reached' },
  certificate: { ...unavailable, ...permanent, message: 'the certificate of FinAuth or of the proxy is not trusted' },
  timeout: { outcome: 'timeout', ...transient, message: 'FinAuth did not answer in time' },
  cut_off: { ...invalid, ...transient, message: 'the answer of FinAuth was cut off' },
  unparseable: { ...invalid, ...transient, message: 'the answer of FinAuth is not JSON' },
  invalid_shape: { ...invalid, ...permanent, message: 'the answer of FinAuth does not have the documented shape' },
  oversized: { ...invalid, ...permanent, message: 'the answer of FinAuth is too large' },
  redirected: { ...invalid, ...permanent, message: 'FinAuth answered with a redirect' },
  unknown_error: { ...invalid, retry: 'none', retryable: true, message: 'FinAuth answered with an unknown error' },
} as const satisfies Record<string, FailureClass>

export type Diagnosis = keyof typeof diagnoses

/** How one attempt ended; a closed set, usable as a metric label. */
export type AttemptOutcome = 'success' | 'aborted' | (typeof diagnoses)[Diagnosis]['outcome']

/** One failed attempt: its diagnosis and details, none of them secret. */
export interface AttemptFailure extends Partial<Omit<FinAuthError, keyof Error | 'code' | 'retryable'>> {
  readonly diagnosis: Diagnosis
  /** The transport's code, e.g. `ECONNREFUSED`. Letters, digits and `_` only. */
  readonly reason?: string | undefined
}

/** The error of a call whose last attempt failed like this. */
export function toFinAuthError({ diagnosis, reason, ...facts }: AttemptFailure): FinAuthError {
  const { outcome, message, retryable } = diagnoses[diagnosis]
  const isRejected = outcome === 'credentials_rejected' || outcome === 'expired_sign'
  const code = isRejected ? 'upstream_rejected' : (`upstream_${outcome}` as const)
  const known = [facts.vendorCode ?? reason, facts.httpStatus && `HTTP ${facts.httpStatus}`].filter(Boolean).join(', ')
  return new FinAuthError(code, known === '' ? message : `${message} (${known})`, { ...facts, retryable })
}

const documented: ReadonlyMap<string, Diagnosis> = new Map([
  ['MISSING_ARGUMENTS', 'malformed_request'],
  ['BAD_ARGUMENTS', 'malformed_request'],
  ['AUTHENTICATION_ERROR', 'credentials'],
  ['INVALID_SIGN', 'credentials'],
  // The vendor lists it among account restrictions, but it concerns this key, and a rotation causes it.
  ['API_KEY_BE_DISCONTINUED', 'credentials'],
  ['EXPIRED_SIGN', 'expired_sign'],
  ['CONCURRENCY_LIMIT_EXCEEDED', 'overloaded'],
  ['API_NOT_FOUND', 'wrong_url'],
  ['REQUEST_ENTITY_TOO_LARGE', 'too_large'],
  ['INTERNAL_ERROR', 'vendor_fault'],
])
const accountCode =
  /^(?:AUTHORIZATION_ERROR|IP_NOT_ALLOWED|LIMIT_REACHED|MORE_RETRY_TIMES|DENIED(?:_BY_CLIENT|_BY_ADMIN)?|INSUFFICIENT_ACCOUNT_BALANCE|NO_(?:[A-Z]+_)*PERMISSION)$/
// Words of letters only: neither a key nor a signature quoted in an unknown error matches this.
const safeCode = /^[A-Z]{1,24}(?:_[A-Z]{1,24}){0,5}$/

/**
 * The meaning of an answer's `error` string. `vendorCode` is its decisive part, e.g. `IP_NOT_ALLOWED`, if that is safe
 * to show; `isUnknown` if the vendor does not document it. Then the HTTP status decides.
 */
export function readError(error: string, httpStatus: number) {
  const [code = '', reason = ''] = error.slice(0, 256).split(':', 2).map(toCode)
  const decisive = code === 'AUTHORIZATION_ERROR' && reason !== '' ? reason : code
  const known = accountCode.test(decisive) ? 'account' : documented.get(decisive)
  return {
    // AUTHORIZATION_ERROR is documented as open-ended: whatever the reason, the account lacks the permission.
    diagnosis: known ?? (code === 'AUTHORIZATION_ERROR' ? 'account' : diagnoseStatus(httpStatus)),
    vendorCode: safeCode.test(decisive) ? decisive : undefined,
    isUnknown: known === undefined,
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

/** The meaning of an HTTP status without an error code; a 2xx without a usable body is an `unknown_error`. */
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
