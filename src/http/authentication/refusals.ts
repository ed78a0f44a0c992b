import { ProblemError } from '../problem.js'

/** Credentials that were sent and rejected. The texts are part of `WWW-Authenticate`: ASCII without quotes. */
const invalidCredentialsDetails = {
  ambiguous_token: 'More than one token was sent.',
  oversized_token: 'The token is too long.',
  malformed_token: 'The token is malformed.',
  algorithm_refused: 'The signature algorithm of the token is not accepted.',
  unknown_key: 'The token is signed with an unknown key.',
  bad_signature: 'The signature of the token is invalid.',
  expired: 'The token has expired.',
  not_yet_valid: 'The token is not valid yet.',
  wrong_issuer: 'The token is from another issuer.',
  wrong_audience: 'The token is for another audience.',
  id_token: 'The token is an ID token and not an access token.',
  bad_claims: 'The token lacks a claim or has one of the wrong type.',
  wrong_secret: 'The gateway secret is wrong.',
  ambiguous_identity: 'The gateway sent more than one identity.',
} as const

export type InvalidCredentialsReason = keyof typeof invalidCredentialsDetails

/** Why a request was refused: the label `reason` of `auth_failures_total`, and the field `reason` of the access log. */
export const refusalReasons = [
  ...(Object.keys(invalidCredentialsDetails) as InvalidCredentialsReason[]),
  'no_token',
  'keys_unavailable',
  'untrusted_peer',
  'no_identity',
  'too_many_failures',
  'missing_scope',
  'too_many_patterns',
  'cross_site',
] as const

export type RefusalReason = (typeof refusalReasons)[number]

export const challenge = 'Bearer realm="face-groups"'

/** 401 if no credentials were sent: a challenge without an error code (RFC 6750 section 3.1). */
export function missingCredentials(reason: RefusalReason, detail: string): ProblemError {
  return new ProblemError('unauthenticated', { reason, detail, headers: { 'WWW-Authenticate': challenge } })
}

/** 401 if credentials were sent and rejected. */
export function invalidCredentials(reason: InvalidCredentialsReason): ProblemError {
  const detail = invalidCredentialsDetails[reason]
  const headers = { 'WWW-Authenticate': `${challenge}, error="invalid_token", error_description="${detail}"` }
  return new ProblemError('unauthenticated', { reason, detail, headers })
}

/** 503 if there is no key or secret to verify the credentials with. */
export function keysUnavailable(retryAfterSeconds: number): ProblemError {
  return new ProblemError('identity_provider_unavailable', { reason: 'keys_unavailable', retryAfterSeconds })
}
