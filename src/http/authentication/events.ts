/** Why a request was not let through; the values of the label `reason` of `auth_failures_total`. */
export const authFailureReasons = [
  'no_token',
  'ambiguous_token',
  'oversized_token',
  'malformed_token',
  'algorithm_refused',
  'unknown_key',
  'bad_signature',
  'expired',
  'not_yet_valid',
  'wrong_issuer',
  'wrong_audience',
  'bad_claims',
  'keys_unavailable',
  'untrusted_peer',
  'wrong_secret',
  'no_identity',
  'ambiguous_identity',
  'too_many_failures',
  'missing_scope',
  'too_many_patterns',
  'cross_site',
] as const

export type AuthFailureReason = (typeof authFailureReasons)[number]

/** What happens at the door, for metrics. Called synchronously; must not throw. */
export interface AuthenticationEvents {
  refused(reason: AuthFailureReason): void
}

/** Why a request was refused, as the access log shows it. */
export type RefusalReason = AuthFailureReason
