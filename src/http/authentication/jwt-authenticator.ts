import type { IncomingMessage } from 'node:http'
import type { Clock } from '../../clock.js'
import { systemClock } from '../../clock.js'
import { ProblemError } from '../problem.js'
import { createRecentMap } from '../recent-map.js'
import { repeated } from '../sole-header.js'
import type { AttemptThrottle } from './attempt-throttle.js'
import { type Authenticate, type Caller, maxRememberedBytes, weighCaller } from './caller.js'
import { invalidProof, noProof } from './challenge.js'
import type { AuthenticationEvents } from './events.js'
import type { KeySource } from './keys.js'
import { KeysUnavailableError } from './keys.js'
import { presentedToken } from './presented-token.js'
import { TokenRefused, type TokenRefusalReason, tokenRefusals } from './token-refused.js'
import { createTokenDigest } from './token-digest.js'
import { createTokenVerifier, type VerifiedToken } from './token-verifier.js'

export interface JwtAuthenticatorOptions {
  readonly issuer: string
  readonly audience: string
  readonly keys: KeySource
  /** Asymmetric ones only; HMAC and `none` are passed over. */
  readonly algorithms: readonly string[]
  readonly events: AuthenticationEvents
  /** The header the token comes in, in any case. Default `authorization`; any other carries the bare token. */
  readonly header?: string
  /** A cookie that may carry the token where the header does not. */
  readonly cookie?: string
  /** The claim that confines a caller to groups; without it every group may be seen. */
  readonly groupsClaim?: string
  /** For `exp` and `nbf`. Default 5. */
  readonly clockToleranceSeconds?: number
  /** Characters of a token. Default 8192. */
  readonly maxTokenLength?: number
  /** Tokens remembered as good, unless they grow too heavy, and as many as bad. Default 10 000. */
  readonly maxRemembered?: number
  /** Asked before a token that is not remembered is judged. Default: every token is judged. */
  readonly throttle?: AttemptThrottle
  readonly clock?: Clock
}

const rememberGoodMs = 60_000
const rememberBadMs = 10_000

/** Bad for good: with these, neither time nor a new key set makes the token acceptable. */
const lastingly = new Set<TokenRefusalReason>([
  'malformed_token',
  'algorithm_refused',
  'bad_signature',
  'expired',
  'wrong_issuer',
  'wrong_audience',
  'bad_claims',
])

/** Signed by the issuer and presented too late or too early: no attempt at guessing. */
const honest = new Set<TokenRefusalReason>(['expired', 'not_yet_valid'])

/**
 * Callers proven by a JWT of `issuer` for `audience`. A good token is remembered by its SHA-256 for a
 * minute, never beyond its `exp`, and then answered for synchronously; a bad one for ten seconds; neither beyond a
 * change of the keys. The text of the good
 * ones seen last is kept beside their SHA-256 (token-digest.ts).
 */
export function createJwtAuthenticator(options: JwtAuthenticatorOptions): Authenticate {
  const { cookie, groupsClaim, clockToleranceSeconds = 5, clock = systemClock, throttle, events, keys } = options
  const { maxTokenLength = 8192, maxRemembered: maxEntries = 10_000 } = options
  const place = { header: (options.header ?? 'authorization').toLowerCase(), cookie }
  const verify = createTokenVerifier({ ...options, groupsClaim, clockToleranceSeconds, clock })
  const good = createRecentMap<{ verified: VerifiedToken; untilMs: number; keyVersion: number }>({
    maxEntries,
    maxWeight: maxRememberedBytes,
    weigh: ({ verified }) => weighCaller(verified.caller),
  })
  const bad = createRecentMap<{ reason: TokenRefusalReason; untilMs: number; keyVersion: number }>({ maxEntries })
  const digests = createTokenDigest()
  const underway = new Map<string, Promise<VerifiedToken>>()

  /** What was found with keys that were replaced since says nothing. */
  function isCurrent({ untilMs, keyVersion }: { untilMs: number; keyVersion: number }, nowMs: number): boolean {
    return nowMs < untilMs && keyVersion === keys.version()
  }

  function refuse(request: IncomingMessage, reason: TokenRefusalReason): ProblemError {
    events.refused(reason)
    if (!honest.has(reason)) throttle?.failed(request)
    return invalidProof(tokenRefusals[reason])
  }

  async function judge(digest: string, token: string): Promise<VerifiedToken> {
    // Taken before, so that keys which change in between count as changed.
    const keyVersion = keys.version()
    try {
      const verified = await verify(token)
      digests.keep(token, digest)
      good.set(digest, { verified, untilMs: clock.monotonicMs() + rememberGoodMs, keyVersion })
      return verified
    } catch (error) {
      if (error instanceof TokenRefused && lastingly.has(error.reason)) {
        good.delete(digest)
        bad.set(digest, {
          reason: error.reason,
          untilMs: clock.monotonicMs() + rememberBadMs,
          keyVersion: keys.version(),
        })
      }
      throw error
    } finally {
      underway.delete(digest)
    }
  }

  function judgeOnce(digest: string, token: string): Promise<VerifiedToken> {
    const others = underway.get(digest)
    if (others !== undefined) return others
    const judgement = judge(digest, token)
    underway.set(digest, judgement)
    return judgement
  }

  async function callerOf(request: IncomingMessage, judgement: Promise<VerifiedToken>): Promise<Caller> {
    try {
      return (await judgement).caller
    } catch (error) {
      if (error instanceof TokenRefused) throw refuse(request, error.reason)
      if (!(error instanceof KeysUnavailableError)) throw error
      events.refused('keys_unavailable')
      const { retryAfterSeconds } = error
      throw new ProblemError('identity_provider_unavailable', { retryAfterSeconds })
    }
  }

  return (request) => {
    const token = presentedToken(request, place)
    if (token === null) {
      events.refused('no_token')
      throw noProof('This needs a token.')
    }
    if (token === repeated) throw refuse(request, 'ambiguous_token')
    if (token.length > maxTokenLength) throw refuse(request, 'oversized_token')

    const digest = digests.of(token)
    const nowMs = clock.monotonicMs()
    const known = good.get(digest)
    if (known !== undefined && isCurrent(known, nowMs) && clock.wallMs() < known.verified.expiresAtMs) {
      return known.verified.caller
    }
    const rejected = bad.get(digest)
    if (rejected !== undefined && isCurrent(rejected, nowMs)) throw refuse(request, rejected.reason)
    // A token that was good a while ago is no guess, whoever else fails from the same address.
    if (known === undefined) throttle?.admit(request)
    return callerOf(request, judgeOnce(digest, token))
  }
}
