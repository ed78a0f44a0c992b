import { hash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { LRUCache } from 'lru-cache'
import { type Clock, systemClock } from '../../clock.js'
import { addressKey, createAddressMatcher } from '../../ip-address.js'
import type { Secret } from '../../secret.js'
import { repeatedHeader, getSingleHeader } from '../single-header.js'
import type { AttemptThrottle } from './attempt-throttle.js'
import { type Authenticate, type Caller, callerCacheLimits, groupPatternsFrom, splitList } from './caller.js'
import { invalidCredentials, keysUnavailable, missingCredentials } from './refusals.js'

export interface GatewayAuthenticatorOptions {
  /** Expected in `X-Gateway-Secret`; read at each request. */
  readonly secret?: Secret | null
  /** The only peers, by socket address, that may assert an identity. At least one of the two proofs is required. */
  readonly cidrs?: readonly string[]
  /** Default `x-forwarded-user`. */
  readonly userHeader?: string
  /** Lists scopes, separated by spaces or commas. Default `x-forwarded-scopes`. */
  readonly scopesHeader?: string
  /** Lists group-id patterns in the same form. Default: every caller may see all groups. */
  readonly groupsHeader?: string | null
  /**
   * Limits wrong secrets. It must count by the socket's peer: a client that can forward any address could lock out
   * others. Default: no limit.
   */
  readonly throttle?: AttemptThrottle
  readonly clock?: Clock
}

/** How long wrong secrets from its address do not lock out a peer that sent the right one. */
const trustPeerMs = 3_600_000

/** An operator has to restore the secret's file first. */
const retryAfterSeconds = 5

/**
 * Authenticates callers named by the gateway, which must present every configured proof: the secret, the peer's socket
 * address, or both. Throws a `TypeError` if neither is configured, a `RangeError` for an invalid CIDR.
 */
export function createGatewayAuthenticator(options: GatewayAuthenticatorOptions): Authenticate {
  const { secret = null, cidrs, throttle, clock = systemClock } = options
  if (secret === null && cidrs === undefined) throw new TypeError('gateway mode needs a secret or CIDRs')
  const userHeader = (options.userHeader ?? 'x-forwarded-user').toLowerCase()
  const scopesHeader = (options.scopesHeader ?? 'x-forwarded-scopes').toLowerCase()
  const groupsHeader = options.groupsHeader?.toLowerCase()
  const isListed = cidrs && createAddressMatcher(cidrs)
  const callers = new LRUCache<string, Caller>(callerCacheLimits)
  const trustedUntilMs = new LRUCache<string, number>({ max: callerCacheLimits.max })

  function checkProofs(request: IncomingMessage) {
    const detail = 'Requests must come through the gateway.'
    if (isListed?.(request.socket.remoteAddress) === false) throw missingCredentials('untrusted_peer', detail)
    if (secret === null) return
    const presented = getSingleHeader(request, 'x-gateway-secret')
    if (presented === undefined) throw missingCredentials('wrong_secret', detail)
    if (presented !== repeatedHeader && isEqual(presented, reveal(secret))) return admitTrusted(request)
    throttle?.admit(request)
    throttle?.failed(request)
    throw invalidCredentials('wrong_secret')
  }

  /** A peer that sends its first right secret may have guessed it, so the limit still applies. */
  function admitTrusted(request: IncomingMessage) {
    if (throttle === undefined) return
    const peer = addressKey(request.socket.remoteAddress)
    const nowMs = clock.monotonicMs()
    if (nowMs >= (trustedUntilMs.get(peer) ?? 0)) throttle.admit(request)
    trustedUntilMs.set(peer, nowMs + trustPeerMs)
  }

  return async (request) => {
    checkProofs(request)
    const user = getSingleHeader(request, userHeader)
    const scopes = getSingleHeader(request, scopesHeader) ?? ''
    const groups = groupsHeader === undefined ? '*' : (getSingleHeader(request, groupsHeader) ?? '')
    if (user === repeatedHeader || scopes === repeatedHeader || groups === repeatedHeader)
      throw invalidCredentials('ambiguous_identity')
    if (!user) throw missingCredentials('no_identity', 'The gateway did not name the caller.')
    const key = `${user}\n${scopes}\n${groups}`
    let caller = callers.get(key)
    if (caller === undefined) {
      const groupPatterns = groupPatternsFrom(splitList(groups))
      caller = { subject: user, scopes: new Set(splitList(scopes)), groupPatterns }
      callers.set(key, caller)
    }
    return caller
  }
}

/** An unreadable secret is a fault of the service, not of the caller. */
function reveal(secret: Secret): string {
  try {
    return secret.reveal()
  } catch {
    throw keysUnavailable(retryAfterSeconds)
  }
}

/** Compares digests in constant time, so that the duration reveals neither the secret nor its length. */
function isEqual(presented: string, expected: string): boolean {
  return timingSafeEqual(hash('sha256', presented, 'buffer'), hash('sha256', expected, 'buffer'))
}
