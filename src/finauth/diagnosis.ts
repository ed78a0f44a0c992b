import type { AttemptOutcome } from './finauth-events.js'
import { FinAuthError, type FinAuthFailure } from './finauth-error.js'

/** What the client does after a failed attempt. */
export type Reaction = 'stop' | 'again' | 'resign' | 'other_credentials'

interface Treatment {
  readonly reaction: Reaction
  readonly outcome: AttemptOutcome
  readonly code: FinAuthFailure
  /** `long` where asking again soon cannot help. */
  readonly patience: 'short' | 'long'
  readonly message: string
}

const rejected = { reaction: 'stop', outcome: 'rejected', code: 'upstream_rejected', patience: 'long' } as const
const invalid = { outcome: 'invalid_response', code: 'upstream_invalid_response' } as const
const unavailable = { outcome: 'unavailable', code: 'upstream_unavailable' } as const

/** Everything that can be wrong with an attempt, and the one place that says what follows from it. */
export const diagnoses = {
  malformed_request: { ...rejected, message: 'FinAuth found our request malformed' },
  wrong_url: { ...rejected, message: 'FinAuth does not know the address we called' },
  too_large: { ...rejected, message: 'FinAuth found our request too large' },
  refused: { ...rejected, message: 'FinAuth refused our request' },
  account: { ...rejected, message: 'FinAuth does not let our account do this' },
  credentials: {
    ...rejected,
    reaction: 'other_credentials',
    outcome: 'credentials_rejected',
    message: 'FinAuth rejected our credentials',
  },
  // A signature made with the skew just learned may well be accepted, hence the short patience.
  expired_sign: {
    reaction: 'resign',
    outcome: 'expired_sign',
    code: 'upstream_rejected',
    patience: 'short',
    message: 'FinAuth found our signature expired',
  },
  overloaded: {
    reaction: 'again',
    outcome: 'overloaded',
    code: 'upstream_overloaded',
    patience: 'short',
    message: 'FinAuth takes no more calls at the moment',
  },
  vendor_fault: { ...unavailable, reaction: 'again', patience: 'short', message: 'FinAuth failed' },
  unreachable: { ...unavailable, reaction: 'again', patience: 'short', message: 'FinAuth cannot be reached' },
  certificate: {
    ...unavailable,
    reaction: 'stop',
    patience: 'long',
    message: 'the TLS certificate of FinAuth or of the egress proxy is not trusted',
  },
  timeout: {
    reaction: 'again',
    outcome: 'timeout',
    code: 'upstream_timeout',
    patience: 'short',
    message: 'FinAuth did not answer in time',
  },
  cut_off: { ...invalid, reaction: 'again', patience: 'short', message: 'the answer of FinAuth broke off' },
  unparseable: { ...invalid, reaction: 'again', patience: 'short', message: 'the answer of FinAuth is not JSON' },
  invalid_shape: {
    ...invalid,
    reaction: 'stop',
    patience: 'long',
    message: 'the answer of FinAuth has not the documented shape',
  },
  oversized: { ...invalid, reaction: 'stop', patience: 'long', message: 'the answer of FinAuth is too large' },
  redirected: { ...invalid, reaction: 'stop', patience: 'long', message: 'FinAuth answered with a redirect' },
  unknown_error: {
    ...invalid,
    reaction: 'stop',
    patience: 'short',
    message: 'FinAuth answered with an error we do not know',
  },
} as const satisfies Record<string, Treatment>

export type Diagnosis = keyof typeof diagnoses

/** One failed attempt: what was wrong and what is known of it, all of it fit to be shown. */
export interface AttemptFailure {
  readonly diagnosis: Diagnosis
  /** The vendor's code where it gave one, or the transport's (e.g. `ECONNREFUSED`). Letters, digits and `_` only. */
  readonly reason?: string | undefined
  readonly vendorCode?: string | undefined
  readonly httpStatus?: number | undefined
  readonly requestId?: string | undefined
  readonly retryAfterMs?: number | undefined
}

/** The error that ends a call whose last attempt failed like this. */
export function toFinAuthError(failure: AttemptFailure): FinAuthError {
  const { code, message, patience } = diagnoses[failure.diagnosis]
  const { vendorCode, httpStatus, requestId, retryAfterMs } = failure
  const known = [vendorCode ?? failure.reason, httpStatus && `HTTP ${httpStatus}`].filter(Boolean).join(', ')
  return new FinAuthError(code, known === '' ? message : `${message} (${known})`, {
    vendorCode,
    httpStatus,
    requestId,
    patience,
    retryAfterMs,
  })
}
