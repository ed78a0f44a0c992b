import { hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { LRUCache } from 'lru-cache'
import { type Clock, systemClock } from '../../clock.js'
import { ProblemError, type ProblemOptions } from '../problem.js'
import type { AttemptThrottle } from './attempt-throttle.js'
import { extractToken } from './bearer-token.js'
import { type Authenticate, type Caller, callerCacheLimits } from './caller.js'
import type { RefusalReason } from './refusals.js'
import { createTokenVerifier, type TokenVerifierOptions } from './verify-token.js'

export interface JwtAuthenticatorOptions extends Omit<TokenVerifierOptions, 'clock'> {
  /** The header the token comes in, in any case. Default `authorization`; any other carries the token alone. */
  readonly header?: string
  /** A cookie that may carry the token if the header does not. */
  readonly cookie?: string
  /** Accepted tokens remembered, within 32 MiB, and as many rejected ones. Default 10 000. */
  readonly maxRemembered?: number
  /** Asked before a token that is not remembered is verified. Default: no limit. */
  readonly throttle?: AttemptThrottle
  readonly clock?: Clock
}

const rememberAcceptedMs = 60_000
const rememberRefusedMs = 10_000

/** Not cached: the token may become valid later or with a new key set. */
const temporaryReasons = new Set<RefusalReason | undefined>(['unknown_key', 'not_yet_valid'])

/** Not counted as guessing: no token, or one signed by the issuer and used too late or too early. */
const notGuessing = new Set<RefusalReason | undefined>(['no_token', 'expired', 'not_yet_valid'])

function isRefusal(error: unknown): error is ProblemError {
  return error instanceof ProblemError && error.code === 'unauthenticated'
}

interface Remembered {
  /** Of the monotonic clock. */
  readonly untilMs: number
  readonly keyVersion: number
}

/**
 * Authenticates callers by a JWT of `issuer` for `audience`. An accepted token is remembered by its SHA-256 for a
 * minute but not beyond its `exp`, a refused one for ten seconds, and neither after the keys change.
 */
export function createJwtAuthenticator(options: JwtAuthenticatorOptions): Authenticate {
  const { keys, throttle, cookie, maxRemembered: max = 10_000, clock = systemClock } = options
  const header = (options.header ?? 'authorization').toLowerCase()
  const verifyToken = createTokenVerifier({ ...options, clock })
  const accepted = new LRUCache<string, Remembered & { caller: Caller; expiresAtMs: number }>({
    max,
    maxSize: callerCacheLimits.maxSize,
    sizeCalculation: ({ caller }, digest) => callerCacheLimits.sizeCalculation(caller, digest),
  })
  const refused = new LRUCache<string, Remembered & { problem: ProblemOptions }>({ max })
  const underway = new Map<string, Promise<Caller>>()

  function isCurrent({ untilMs, keyVersion }: Remembered): boolean {
    return clock.monotonicMs() < untilMs && keyVersion === keys.version()
  }

  async function verify(token: string, digest: string): Promise<Caller> {
    // Read first, so that a key change during verification invalidates the result.
    const keyVersion = keys.version()
    try {
      const verified = await verifyToken(token)
      accepted.set(digest, { ...verified, untilMs: clock.monotonicMs() + rememberAcceptedMs, keyVersion })
      return verified.caller
    } catch (error) {
      if (isRefusal(error) && !temporaryReasons.has(error.options.reason)) {
        accepted.delete(digest)
        const untilMs = clock.monotonicMs() + rememberRefusedMs
        refused.set(digest, { problem: error.options, untilMs, keyVersion: keys.version() })
      }
      throw error
    } finally {
      underway.delete(digest)
    }
  }

  /** Single-flight: concurrent requests with the same token share one verification. */
  function verifyOnce(token: string, digest: string): Promise<Caller> {
    const verification = underway.get(digest) ?? verify(token, digest)
    underway.set(digest, verification)
    return verification
  }

  async function authenticate(request: IncomingMessage): Promise<Caller> {
    const token = extractToken(request, header, cookie)
    const digest = hash('sha256', token, 'base64')
    const known = accepted.get(digest)
    if (known && isCurrent(known) && clock.wallMs() < known.expiresAtMs) return known.caller
    const rejected = refused.get(digest)
    if (rejected && isCurrent(rejected)) throw new ProblemError('unauthenticated', rejected.problem)
    // A token accepted before is not a guess, even if others from the same address fail.
    if (known === undefined) throttle?.admit(request)
    return verifyOnce(token, digest)
  }

  return (request) =>
    authenticate(request).catch((error: unknown) => {
      if (isRefusal(error) && !notGuessing.has(error.options.reason)) throttle?.failed(request)
      throw error
    })
}
