/** What went wrong between us and FinAuth, in the words of this service. */
export type FinAuthFailure =
  | 'upstream_rejected'
  | 'upstream_invalid_response'
  | 'upstream_unavailable'
  | 'upstream_overloaded'
  | 'upstream_timeout'

export interface FinAuthErrorOptions {
  /** The vendor's own code without its free text, e.g. `AUTHENTICATION_ERROR`; absent where it gave none. */
  readonly vendorCode?: string | undefined
  readonly httpStatus?: number | undefined
  /** The vendor's id of the failed call, for tracing it with the vendor. */
  readonly requestId?: string | undefined
  /** `long` where asking again soon cannot help (credentials, account, contract). */
  readonly patience?: 'short' | 'long'
  /** Milliseconds the vendor asked us to wait, where it did. */
  readonly retryAfterMs?: number | undefined
}

/**
 * The call to FinAuth failed for good, all attempts included. Built from an allow-list: carries no
 * secret, signature, header, body or transport object.
 */
export class FinAuthError extends Error {
  override readonly name = 'FinAuthError'
  readonly code: FinAuthFailure
  readonly vendorCode: string | undefined
  readonly httpStatus: number | undefined
  readonly requestId: string | undefined
  readonly patience: 'short' | 'long'
  readonly retryAfterMs: number | undefined

  constructor(code: FinAuthFailure, message: string, options: FinAuthErrorOptions = {}) {
    super(message)
    this.code = code
    this.vendorCode = options.vendorCode
    this.httpStatus = options.httpStatus
    this.requestId = options.requestId
    this.patience = options.patience ?? 'short'
    this.retryAfterMs = options.retryAfterMs
  }
}
