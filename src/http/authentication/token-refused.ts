import { errors } from 'jose'
import type { AuthFailureReason } from './events.js'

/** Reasons to refuse a token that lie in the token, with what its holder is told. */
export const tokenRefusals = {
  ambiguous_token: 'More than one token was sent.',
  oversized_token: 'The token is too long.',
  malformed_token: 'The token is malformed.',
  algorithm_refused: 'The signature algorithm of the token is not accepted.',
  unknown_key: 'The token is signed with an unknown key.',
  bad_signature: 'The signature of the token does not hold.',
  expired: 'The token has expired.',
  not_yet_valid: 'The token is not valid yet.',
  wrong_issuer: 'The token is from another issuer.',
  wrong_audience: 'The token is for another audience.',
  bad_claims: 'The token lacks a claim or has one of the wrong type.',
} as const satisfies Partial<Record<AuthFailureReason, string>>

export type TokenRefusalReason = keyof typeof tokenRefusals

/** A token that is not good. Holds nothing of it. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused'
  readonly reason: TokenRefusalReason

  constructor(reason: TokenRefusalReason) {
    super(tokenRefusals[reason])
    this.reason = reason
  }
}

/** What an error of jose's means, without carrying it on: some of its errors hold the token's payload. */
export function refusalFor(error: unknown): TokenRefused {
  if (error instanceof errors.JWTExpired) return new TokenRefused('expired')
  if (error instanceof errors.JWTClaimValidationFailed) return new TokenRefused(claimRefusal(error))
  if (error instanceof errors.JWSSignatureVerificationFailed) return new TokenRefused('bad_signature')
  if (error instanceof errors.JOSEAlgNotAllowed) return new TokenRefused('algorithm_refused')
  if (error instanceof errors.JOSEError) return new TokenRefused('malformed_token')
  // A key that does not serve for the algorithm, e.g. one the runtime cannot use.
  return new TokenRefused('unknown_key')
}

function claimRefusal({ claim, reason }: errors.JWTClaimValidationFailed): TokenRefusalReason {
  if (claim === 'iss') return 'wrong_issuer'
  if (claim === 'aud') return 'wrong_audience'
  return claim === 'nbf' && reason === 'check_failed' ? 'not_yet_valid' : 'bad_claims'
}
