/** How FinAuth refuses a call, by what is wrong with the call. One fault, one row. */
export const refusals = {
  not_multipart: { status: 400, error: 'MISSING_ARGUMENTS: sign' },
  missing_sign: { status: 400, error: 'MISSING_ARGUMENTS: sign' },
  missing_sign_version: { status: 400, error: 'MISSING_ARGUMENTS: sign_version' },
  too_large: { status: 413, error: 'Request Entity Too Large' },
  bad_sign: { status: 400, error: 'BAD_ARGUMENTS: sign' },
  bad_sign_version: { status: 400, error: 'BAD_ARGUMENTS: sign_version' },
  unknown_key: { status: 403, error: 'AUTHENTICATION_ERROR' },
  wrong_digest: { status: 403, error: 'AUTHORIZATION_ERROR: INVALID_SIGN' },
  account_disabled: { status: 403, error: 'AUTHORIZATION_ERROR: API_KEY_BE_DISCONTINUED' },
  never_valid: { status: 403, error: 'AUTHORIZATION_ERROR: EXPIRED_SIGN' },
  not_yet_valid: { status: 403, error: 'AUTHORIZATION_ERROR: EXPIRED_SIGN' },
  expired: { status: 403, error: 'AUTHORIZATION_ERROR: EXPIRED_SIGN' },
  replayed: { status: 403, error: 'AUTHORIZATION_ERROR: EXPIRED_SIGN' },
} as const satisfies Record<string, { status: number; error: string }>

/** `unexpected_field` names the field at fault, so its error text cannot stand in the table. */
export type RefusalReason = keyof typeof refusals | 'unexpected_field'

/** What FinAuth makes of a call before it looks for libraries. */
export type Verdict =
  | { readonly accepted: true; readonly account: string }
  | { readonly accepted: false; readonly reason: RefusalReason; readonly status: number; readonly error: string }

export function refuse(reason: keyof typeof refusals): Verdict {
  return { accepted: false, reason, ...refusals[reason] }
}
