import { hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { LRUCache } from 'lru-cache'
import { type Clock, systemClock } from '../../clock.js'
import { ProblemError } from '../problem.js'
import { getSingleHeader, repeatedHeader } from '../single-header.js'
import type { AttemptThrottle } from './attempt-throttle.js'
import { type Authenticate, type Caller, callerCacheLimits } from './caller.js'
import { invalidCredentials, missingCredentials, type RefusalReason } from './refusals.js'
import { createTokenVerifier, type TokenVerifierOptions } from './verify-token.js'

export interface JwtAuthenticatorOptions extends Omit<TokenVerifierOptions, 'clock'> {
  /** The header the token comes in, in any case. Default `authorization`; any other carries the token alone. */
  readonly header?: string
  /** A cookie that may carry the token if the header does not. */
  readonly cookie?: string | null
  /** Accepted tokens remembered, within 32 MiB, and as many rejected ones. Default 10 000. */
  readonly maxRemembered?: number
  /** Asked before a token that is not remembered is verified. Default: no limit. */
  readonly throttle?: AttemptThrottle
  readonly clock?: Clock
}

const rememberAcceptedMs = 60_000
const rememberRefusedMs = 10_000

/** In characters. */
const maxTokenLength = 8192

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
  const { keys, throttle, cookie = null, maxRemembered: max = 10_000, clock = systemClock } = options
  const header = (options.header ?? 'authorization').toLowerCase()
  const verifyToken = createTokenVerifier({ ...options, clock })
  const accepted = new LRUCache<string, Remembered & { caller: Caller; expiresAtMs: number }>({
    max,
    maxSize: callerCacheLimits.maxSize,
    sizeCalculation: ({ caller }, digest) => callerCacheLimits.sizeCalculation(caller, digest),
  })
  const refused = new LRUCache<string, Remembered & { problem: ProblemError }>({ max })
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
        refused.set(digest, { problem: error, untilMs, keyVersion: keys.version() })
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

  return async (request) => {
    try {
      const token = extractToken(request, header, cookie)
      const digest = hash('sha256', token, 'base64')
      const known = accepted.get(digest)
      if (known && isCurrent(known) && clock.wallMs() < known.expiresAtMs) return known.caller
      const rejected = refused.get(digest)
      if (rejected && isCurrent(rejected)) throw rejected.problem
      // A token accepted before is not a guess, even if others from the same address fail.
      if (known === undefined) throttle?.admit(request)
      return await verifyOnce(token, digest)
    } catch (error) {
      if (isRefusal(error) && !notGuessing.has(error.options.reason)) throttle?.failed(request)
      throw error
    }
  }
}

/**
 * The token of a request, unverified: from `header`, where `authorization` carries `Bearer <token>` (RFC 6750) and any
 * other header the bare token; otherwise from `cookie`. Throws `unauthenticated` if there is no token, more than one, or
 * one that is too long.
 */
function extractToken(request: IncomingMessage, header: string, cookie: string | null): string {
  const value = getSingleHeader(request, header) ?? ''
  if (value === repeatedHeader) throw invalidCredentials('ambiguous_token')
  const inHeader = header === 'authorization' ? bearerToken(value) : value
  const token = inHeader || (cookie === null ? '' : cookieValue(request.headers.cookie ?? '', cookie))
  if (token === '') throw missingCredentials('no_token', 'This needs a token.')
  if (token.length > maxTokenLength) throw invalidCredentials('oversized_token')
  return token
}

function bearerToken(value: string): string {
  return value.slice(0, 7).toLowerCase() === 'bearer ' ? value.slice(7).trimStart() : ''
}

/** A page of a sibling domain can set a second cookie of the same name, so none of several is trusted. */
function cookieValue(header: string, name: string): string {
  const pairs = header.split(';').map((pair) => pair.trim())
  const [value = '', ...others] = pairs.filter((pair) => pair.startsWith(`${name}=`))
  if (others.length > 0) throw invalidCredentials('ambiguous_token')
  return value.slice(name.length + 1).replace(/^"(.*)"$/, '$1')
}
