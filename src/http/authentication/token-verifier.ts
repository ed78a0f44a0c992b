import { errors, jwtVerify, type CryptoKey, type JWTPayload } from 'jose'
import type { Clock } from '../../clock.js'
import { groupPatternsFrom, wordsOf } from './authorise.js'
import type { Caller } from './caller.js'
import { readProtectedHeader } from './protected-header.js'
import { hasDuplicateMembers } from './duplicate-members.js'
import type { KeySource, TokenKeyHeader } from './keys.js'
import { TokenRefused, refusalFor } from './token-refused.js'

export interface TokenVerifierOptions {
  readonly issuer: string
  readonly audience: string
  readonly keys: KeySource
  readonly algorithms: readonly string[]
  readonly groupsClaim: string | undefined
  readonly clockToleranceSeconds: number
  readonly clock: Clock
}

export interface VerifiedToken {
  readonly caller: Caller
  /** Unix time in milliseconds. */
  readonly expiresAtMs: number
}

/**
 * Judges one JWT (RFC 7519) in compact form: resolves with its caller, rejects with `TokenRefused` or
 * `KeysUnavailableError`. Keys come from `keys` alone, whatever the token's header suggests.
 */
export function createTokenVerifier(options: TokenVerifierOptions): (token: string) => Promise<VerifiedToken> {
  const { issuer, audience, keys, clockToleranceSeconds, clock, groupsClaim } = options
  // Configuration refuses these already; a key set must never meet them whatever became of that.
  const algorithms = options.algorithms.filter((alg) => alg !== 'none' && !alg.startsWith('HS'))

  async function payloadOf(token: string, candidates: readonly CryptoKey[]): Promise<JWTPayload> {
    let refusal = new TokenRefused('unknown_key')
    for (const key of candidates) {
      try {
        const { payload } = await jwtVerify(token, key, {
          algorithms,
          issuer,
          audience,
          clockTolerance: clockToleranceSeconds,
          currentDate: new Date(clock.wallMs()),
          requiredClaims: ['exp', 'sub'],
        })
        return payload
      } catch (error) {
        refusal = refusalFor(error)
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) break
      }
    }
    throw refusal
  }

  /** A provider may sign with a new key without saying so: without `kid`, or under the same one. */
  async function payloadWithKeys(token: string, header: TokenKeyHeader): Promise<JWTPayload> {
    const version = keys.version()
    try {
      return await payloadOf(token, await keys.candidates(header))
    } catch (error) {
      if (!(error instanceof TokenRefused && error.reason === 'bad_signature')) throw error
      const newer = await keys.newerCandidates(header, version)
      if (newer.length === 0) throw error
      return payloadOf(token, newer)
    }
  }

  return async (token) => {
    const header = readProtectedHeader(token)
    if (!algorithms.includes(header.alg)) throw new TokenRefused('algorithm_refused')
    const payload = await payloadWithKeys(token, header)
    const [, claims = ''] = token.split('.')
    if (hasDuplicateMembers(Buffer.from(claims, 'base64url').toString())) throw new TokenRefused('malformed_token')
    const { sub, exp } = payload
    if (typeof sub !== 'string' || sub === '' || !Number.isFinite(exp)) throw new TokenRefused('bad_claims')
    const caller = {
      subject: sub,
      scopes: scopesOf(payload),
      groupPatterns: groupsClaim === undefined ? null : groupPatternsFrom(ownClaim(payload, groupsClaim)),
    }
    return { caller, expiresAtMs: Number(exp) * 1000 }
  }
}

/** `scope` as RFC 8693 has it, `scp` as some providers write it: a list or a string. */
function scopesOf({ scope, scp }: JWTPayload): ReadonlySet<string> {
  const listed: unknown[] = Array.isArray(scp) ? scp : [scp]
  return new Set([scope, ...listed].flatMap((entry) => (typeof entry === 'string' ? wordsOf(entry) : [])))
}

function ownClaim(payload: JWTPayload, name: string): unknown {
  return Object.hasOwn(payload, name) ? payload[name] : undefined
}
