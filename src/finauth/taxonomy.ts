import type { Diagnosis } from './diagnosis.js'

/** What an answer's `error` string, or its HTTP status where there is none, stands for. */
export interface ErrorReading {
  readonly diagnosis: Diagnosis
  /** The decisive part of the vendor's code, e.g. `IP_NOT_ALLOWED`; absent where it gave none that is safe to show. */
  readonly vendorCode?: string
  /** The vendor said something it does not document. */
  readonly unknown: boolean
}

const known: ReadonlyMap<string, Diagnosis> = new Map([
  ['MISSING_ARGUMENTS', 'malformed_request'],
  ['BAD_ARGUMENTS', 'malformed_request'],
  ['AUTHENTICATION_ERROR', 'credentials'],
  ['INVALID_SIGN', 'credentials'],
  // Listed by the vendor among what the account may not; but it speaks of this key, and a rotation ends with it.
  ['API_KEY_BE_DISCONTINUED', 'credentials'],
  ['EXPIRED_SIGN', 'expired_sign'],
  ['AUTHORIZATION_ERROR', 'account'],
  ['IP_NOT_ALLOWED', 'account'],
  ['LIMIT_REACHED', 'account'],
  ['MORE_RETRY_TIMES', 'account'],
  ['DENIED', 'account'],
  ['DENIED_BY_CLIENT', 'account'],
  ['DENIED_BY_ADMIN', 'account'],
  ['INSUFFICIENT_ACCOUNT_BALANCE', 'account'],
  ['CONCURRENCY_LIMIT_EXCEEDED', 'overloaded'],
  ['API_NOT_FOUND', 'wrong_url'],
  ['REQUEST_ENTITY_TOO_LARGE', 'too_large'],
  ['INTERNAL_ERROR', 'vendor_fault'],
])

const PERMISSION = /^NO_(?:[A-Z]+_)*PERMISSION$/
// Words of letters alone: neither a key nor a signature that an unknown error may quote looks like this.
const SAFE_CODE = /^[A-Z]{1,24}(?:_[A-Z]{1,24}){0,5}$/

/** Decides by the `error` string first, whatever the HTTP status; an unknown code counts as its HTTP class. */
export function readError(error: string, httpStatus: number): ErrorReading {
  const [code = '', reason = ''] = error.slice(0, 256).split(':', 2).map(canonical)
  const decisive = code === 'AUTHORIZATION_ERROR' && reason !== '' ? reason : code
  const diagnosis = diagnose(decisive)
  if (diagnosis) return { diagnosis, vendorCode: decisive, unknown: false }
  return {
    // AUTHORIZATION_ERROR is documented as open-ended: whatever its reason, the account may not.
    diagnosis: code === 'AUTHORIZATION_ERROR' ? 'account' : diagnoseStatus(httpStatus),
    ...(SAFE_CODE.test(decisive) ? { vendorCode: decisive } : {}),
    unknown: true,
  }
}

/** What an HTTP status stands for by itself; the vendor's 2xx without a usable body is an `unknown_error`. */
export function diagnoseStatus(httpStatus: number): Diagnosis {
  if (httpStatus >= 500) return 'vendor_fault'
  if (httpStatus < 300) return 'unknown_error'
  if (httpStatus < 400) return 'redirected'
  switch (httpStatus) {
    case 400:
      return 'malformed_request'
    case 401:
      return 'credentials'
    case 402:
    case 403:
      return 'account'
    case 404:
      return 'wrong_url'
    case 408:
      return 'timeout'
    case 413:
      return 'too_large'
    case 429:
      return 'overloaded'
    default:
      return 'refused'
  }
}

function diagnose(code: string): Diagnosis | undefined {
  return known.get(code) ?? (PERMISSION.test(code) ? 'account' : undefined)
}

/** Free-text variants such as `Denied by Client` become a code like the others. */
function canonical(part: string): string {
  return part
    .trim()
    .toUpperCase()
    .replaceAll(/[\s-]+/g, '_')
}
