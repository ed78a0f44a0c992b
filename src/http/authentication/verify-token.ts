import { type CryptoKey, errors, type JWTPayload, jwtVerify } from 'jose'
import type { Clock } from '../../clock.js'
import { ProblemError } from '../problem.js'
import { type Caller, groupPatternsFrom } from './caller.js'
import { hasAudience, isAccessTokenType, isIdToken, readClaim, readScopes } from './claims.js'
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
  readonly groupsClaim?: string
  /** For `exp` and `nbf`. Default 5. */
  readonly clockToleranceSeconds?: number
  readonly clock: Clock
}

export interface VerifiedToken {
  readonly caller: Caller
  /** Unix time in milliseconds. */
  readonly expiresAtMs: number
}

/**
 * Verifies one JWT (RFC 7519) in compact form: resolves with its caller, or rejects with the problem `unauthenticated`
 * or `identity_provider_unavailable`. Keys come from `keys` alone; addresses and keys in the token are ignored.
 */
export function createTokenVerifier(options: TokenVerifierOptions): (token: string) => Promise<VerifiedToken> {
  const { issuer, audience, audienceClaim = 'aud', scopeClaims = ['scope', 'scp'], groupsClaim } = options
  const { keys, clockToleranceSeconds: clockTolerance = 5, clock } = options
  // The configuration rejects HMAC too. Here it would turn a public key into the shared secret.
  const algorithms = options.algorithms.filter((alg) => alg !== 'none' && !alg.startsWith('HS'))

  async function verifyWith(candidates: readonly CryptoKey[], token: string): Promise<JWTPayload> {
    let refusal = invalidCredentials('unknown_key')
    for (const key of candidates) {
      try {
        const currentDate = new Date(clock.wallMs())
        const claims = { issuer, requiredClaims: ['exp', 'sub'], currentDate, clockTolerance }
        return (await jwtVerify(token, key, { ...claims, algorithms })).payload
      } catch (error) {
        refusal = invalidCredentials(reasonOf(error))
        if (refusal.options.reason !== 'bad_signature') break
      }
    }
    throw refusal
  }

  /** The key behind a key id may have been replaced, so a bad signature is verified again with newer keys. */
  async function verifySignature(token: string, header: TokenKeyHeader): Promise<JWTPayload> {
    const version = keys.version()
    const candidates = await keys.candidates(header)
    try {
      return await verifyWith(candidates, token)
    } catch (error) {
      if (!(error instanceof ProblemError && error.options.reason === 'bad_signature')) throw error
      const newer = await keys.candidates(header, version)
      if (newer.length === 0) throw error
      return verifyWith(newer, token)
    }
  }

  return async (token) => {
    const { typ, ...header } = readHeader(token)
    if (!algorithms.includes(header.alg)) throw invalidCredentials('algorithm_refused')
    if (!isAccessTokenType(typ)) throw invalidCredentials('id_token')
    const payload = await verifySignature(token, header)
    parseObject(token.split('.')[1])
    if (isIdToken(payload)) throw invalidCredentials('id_token')
    if (!hasAudience(payload, audienceClaim, audience)) throw invalidCredentials('wrong_audience')
    const { sub, exp } = payload
    if (typeof sub !== 'string' || sub === '' || !Number.isFinite(exp)) throw invalidCredentials('bad_claims')
    const groupPatterns = groupsClaim === undefined ? null : groupPatternsFrom(readClaim(payload, groupsClaim))
    const scopes = readScopes(payload, scopeClaims)
    return { caller: { subject: sub, scopes, groupPatterns }, expiresAtMs: Number(exp) * 1000 }
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
  if (typeof alg !== 'string') throw invalidCredentials('malformed_token')
  if (kid === undefined) return { alg, typ }
  if (typeof kid !== 'string') throw invalidCredentials('malformed_token')
  return { alg, kid, typ }
}

function isCanonical(part: string): boolean {
  return /^[\w-]+$/.test(part) && Buffer.from(part, 'base64url').toString('base64url') === part
}

/** Throws `malformed_token` unless the part is a JSON object in UTF-8 that names each member once. */
function parseObject(part = ''): { alg?: unknown; kid?: unknown; typ?: unknown } {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(part, 'base64url'))
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !hasDuplicateMembers(text)) return value
  } catch {
    // Rejected below.
  }
  throw invalidCredentials('malformed_token')
}

/**
 * Whether an object in the valid JSON `text` has a duplicate member. `JSON.parse` keeps the last, other parsers the
 * first, so two readers of one token could see different callers (RFC 7515 section 4 lets a verifier reject them).
 */
function hasDuplicateMembers(text: string): boolean {
  /** The names so far of each open object; `null` for an open array. */
  const open: (Set<string> | null)[] = []
  for (const [, bracket, name] of text.matchAll(/"(?:[^"\\]|\\.)*"(?!\s*:)|([{}[\]])|("(?:[^"\\]|\\.)*")/gs)) {
    if (bracket === '{' || bracket === '[') open.push(bracket === '{' ? new Set() : null)
    else if (bracket !== undefined) open.pop()
    else if (name !== undefined) {
      const names = open.at(-1)
      const decoded = String(JSON.parse(name))
      if (names?.has(decoded) === true) return true
      names?.add(decoded)
    }
  }
  return false
}

/** Maps an error of jose. The error itself is dropped, because some contain the token's payload. */
function reasonOf(error: unknown): InvalidCredentialsReason {
  if (error instanceof errors.JWTExpired) return 'expired'
  if (error instanceof errors.JWTClaimValidationFailed) return claimReason(error)
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'bad_signature'
  if (error instanceof errors.JOSEAlgNotAllowed) return 'algorithm_refused'
  // Not an error of jose: a key that does not fit the algorithm.
  return error instanceof errors.JOSEError ? 'malformed_token' : 'unknown_key'
}

function claimReason({ claim, reason }: errors.JWTClaimValidationFailed): InvalidCredentialsReason {
  if (claim === 'iss') return 'wrong_issuer'
  return claim === 'nbf' && reason === 'check_failed' ? 'not_yet_valid' : 'bad_claims'
}
