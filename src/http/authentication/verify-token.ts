import { errors, jwtVerify } from 'jose'
import type { Clock } from '../../clock.js'
import { isJsonObject, type JsonObject } from '../../json-object.js'
import { type Caller, groupPatternsFrom, splitList } from './caller.js'
import type { KeySource, TokenKeyHeader } from './key-set.js'
import { invalidCredentials, type InvalidCredentialsReason } from './refusals.js'

export interface TokenVerifierOptions {
  readonly issuer: string
  readonly audience: string
  /** The claim that names the audience. Default `aud`. */
  readonly audienceClaim?: string
  /** The claims with scopes or roles; dots descend into objects. Default `scope` and `scp`. */
  readonly scopeClaims?: readonly string[]
  readonly keys: KeySource
  /** Asymmetric ones only; HMAC and `none` are ignored. */
  readonly algorithms: readonly string[]
  /** The claim that lists the groups a caller may see. Default: every caller may see all. */
  readonly groupsClaim?: string | null
  /** For `exp` and `nbf`. Default 5. */
  readonly clockToleranceSeconds?: number
  readonly clock: Clock
}

/** Claims that only an ID token has (OpenID Connect Core 1.0 sections 2 and 3.3.2.11). */
const idTokenClaims = ['nonce', 'at_hash', 'c_hash']

/**
 * Verifies one JWT (RFC 7519) in compact form: resolves with its caller and its `exp` as Unix time, or rejects with the
 * problem `unauthenticated` or `identity_provider_unavailable`. Keys come from `keys` alone; addresses and keys in the
 * token are ignored.
 */
export function createTokenVerifier(
  options: TokenVerifierOptions,
): (token: string) => Promise<{ caller: Caller; expiresAtMs: number }> {
  const { issuer, audience, audienceClaim = 'aud', scopeClaims = ['scope', 'scp'], groupsClaim = null } = options
  const { keys, clockToleranceSeconds: clockTolerance = 5, clock } = options
  // The configuration rejects HMAC too. Here it would turn a public key into the shared secret.
  const algorithms = options.algorithms.filter((alg) => alg !== 'none' && !alg.startsWith('HS'))
  const required = { issuer, requiredClaims: ['exp', 'sub'], clockTolerance, algorithms }

  /** The key behind a key id may have been replaced, so a bad signature is verified again with newer keys. */
  async function verifyWithKeys(token: string, header: TokenKeyHeader): Promise<void> {
    const version = keys.version()
    let reason: InvalidCredentialsReason = 'unknown_key'
    for (const badVersion of [undefined, version]) {
      for (const key of await keys.candidates(header, badVersion)) {
        try {
          await jwtVerify(token, key, { ...required, currentDate: new Date(clock.wallMs()) })
          return
        } catch (error) {
          reason = reasonOf(error)
          if (reason !== 'bad_signature') throw invalidCredentials(reason)
        }
      }
      if (reason !== 'bad_signature') break
    }
    throw invalidCredentials(reason)
  }

  return async (token) => {
    const { typ, ...header } = readHeader(token)
    if (!algorithms.includes(header.alg)) throw invalidCredentials('algorithm_refused')
    // That of an access token (RFC 9068 section 2.1) or of any JWT.
    const isAccessTokenType = typeof typ === 'string' && /^(application\/)?(at\+)?jwt$/i.test(typ)
    if (typ !== undefined && !isAccessTokenType) throw invalidCredentials('id_token')
    await verifyWithKeys(token, header)
    const claims = parseObject(token.split('.')[1])
    if (idTokenClaims.some((name) => Object.hasOwn(claims, name))) throw invalidCredentials('id_token')
    if (![readClaim(claims, audienceClaim)].flat().includes(audience)) throw invalidCredentials('wrong_audience')
    const { sub, exp } = claims
    if (typeof sub !== 'string' || sub === '' || !Number.isFinite(exp)) throw invalidCredentials('bad_claims')
    const groupPatterns = groupsClaim === null ? null : groupPatternsFrom(readClaim(claims, groupsClaim))
    return {
      caller: { subject: sub, scopes: readScopes(claims, scopeClaims), groupPatterns },
      expiresAtMs: Number(exp) * 1000,
    }
  }
}

/**
 * Reads the header. Throws `malformed_token` unless the token is in the compact serialization of RFC 7515: three
 * parts in canonical base64url, the first a JSON object. Canonical, so that each token has only one spelling.
 */
function readHeader(token: string): TokenKeyHeader & { readonly typ: unknown } {
  const parts = token.split('.', 4)
  if (parts.length !== 3 || !parts.every(isCanonical)) throw invalidCredentials('malformed_token')
  const { alg, kid, typ } = parseObject(parts[0])
  const isWellFormed = typeof alg === 'string' && (kid === undefined || typeof kid === 'string')
  if (!isWellFormed) throw invalidCredentials('malformed_token')
  return kid === undefined ? { alg, typ } : { alg, kid, typ }
}

function isCanonical(part: string): boolean {
  return part !== '' && Buffer.from(part, 'base64url').toString('base64url') === part
}

/**
 * Throws `malformed_token` unless the part is a JSON object in UTF-8 that names each member once. `JSON.parse` keeps
 * the last of several, other parsers the first, so two readers of one token could see different callers (RFC 7515
 * section 4 lets a verifier reject them).
 */
function parseObject(part = ''): JsonObject {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(part, 'base64url'))
    let members = 0
    const value: unknown = JSON.parse(text, (_name, part: unknown) => {
      if (isJsonObject(part)) members += Object.keys(part).length
      return part
    })
    const names = [...text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/gs)].filter(([, colon]) => colon !== undefined)
    if (isJsonObject(value) && members === names.length) return value
  } catch {
    // Rejected below.
  }
  throw invalidCredentials('malformed_token')
}

/**
 * The claim `name`. A member with exactly this name wins, such as `https://a.example/roles`; otherwise dots descend into
 * objects, such as `realm_access.roles`. `undefined` if there is none.
 */
function readClaim(claims: JsonObject, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name]
  const [first = '', ...rest] = name.split('.')
  const member = Object.hasOwn(claims, first) ? claims[first] : undefined
  return isJsonObject(member) ? readClaim(member, rest.join('.')) : undefined
}

/** The scopes or roles in these claims: each a list, or a string that separates them by spaces or commas. */
function readScopes(claims: JsonObject, names: readonly string[]): ReadonlySet<string> {
  const entries = names.flatMap((name): unknown[] => [readClaim(claims, name)].flat())
  return new Set(entries.flatMap((entry) => (typeof entry === 'string' ? splitList(entry) : [])))
}

/** Maps an error of jose. The error itself is dropped, because some contain the token's payload. */
function reasonOf(error: unknown): InvalidCredentialsReason {
  if (error instanceof errors.JWTExpired) return 'expired'
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'iss') return 'wrong_issuer'
    return error.claim === 'nbf' && error.reason === 'check_failed' ? 'not_yet_valid' : 'bad_claims'
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'bad_signature'
  // Not an error of jose: a key that does not fit the algorithm.
  return error instanceof errors.JOSEError ? 'malformed_token' : 'unknown_key'
}
