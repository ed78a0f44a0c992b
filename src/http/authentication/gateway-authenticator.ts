import { hash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { LRUCache } from 'lru-cache'
import { type Clock, systemClock } from '../../clock.js'
import { addressKey, createAddressMatcher } from '../../ip-address.js'
import type { Secret } from '../../secret.js'
import { repeated, soleHeader } from '../sole-header.js'
import type { AttemptThrottle } from './attempt-throttle.js'
import { type Authenticate, type Caller, callerCacheLimits, groupPatternsFrom, splitList } from './caller.js'
import { invalidCredentials, keysUnavailable, missingCredentials } from './refusals.js'

export interface GatewayAuthenticatorOptions {
  /** Expected in `X-Gateway-Secret`; read at each request. */
  readonly secret?: Secret
  /** The only peers, by socket address, that may assert an identity. At least one of the two proofs is required. */
  readonly cidrs?: readonly string[]
  /** Default `x-forwarded-user`. */
  readonly userHeader?: string
  /** Lists scopes, separated by spaces or commas. Default `x-forwarded-scopes`. */
  readonly scopesHeader?: string
  /** Lists group-id patterns likewise. Default: every caller may see all groups. */
  readonly groupsHeader?: string
  /**
   * Limits wrong secrets. It must count by the socket's peer: a client that can forward any address could lock out
   * others. Default: no limit.
   */
  readonly throttle?: AttemptThrottle
  readonly clock?: Clock
}

/** For so long after its last right secret a peer is not locked out by wrong ones from its address. */
const trustPeerMs = 3_600_000

/** Until an operator has restored the secret's file. */
const retryAfterSeconds = 5

/**
 * Authenticates callers named by the gateway, which has to give every configured proof: the secret, the peer's socket
 * address, or both. Throws a `TypeError` where neither is configured, a `RangeError` for an invalid CIDR.
 */
export function createGatewayAuthenticator(options: GatewayAuthenticatorOptions): Authenticate {
  const { secret, cidrs, throttle, clock = systemClock } = options
  if (secret === undefined && cidrs === undefined) throw new TypeError('gateway mode needs a secret or CIDRs')
  const userHeader = (options.userHeader ?? 'x-forwarded-user').toLowerCase()
  const scopesHeader = (options.scopesHeader ?? 'x-forwarded-scopes').toLowerCase()
  const groupsHeader = options.groupsHeader?.toLowerCase()
  const isListed = cidrs === undefined ? () => true : ({ socket }: IncomingMessage) => matches(socket.remoteAddress)
  const matches = createAddressMatcher(cidrs ?? [])
  const callers = new LRUCache<string, Caller>(callerCacheLimits)
  const trustedUntilMs = new LRUCache<string, number>({ max: callerCacheLimits.max })

  function checkProofs(request: IncomingMessage) {
    const detail = 'This is to be reached through the gateway.'
    if (!isListed(request)) throw missingCredentials('untrusted_peer', detail)
    if (secret === undefined) return
    const presented = soleHeader(request, 'x-gateway-secret')
    if (presented === undefined) throw missingCredentials('wrong_secret', detail)
    if (presented !== repeated && isEqual(presented, reveal(secret))) return admitTrusted(request)
    throttle?.admit(request)
    throttle?.failed(request)
    throw invalidCredentials('wrong_secret')
  }

  /** A peer that sends its first right secret may have guessed it. */
  function admitTrusted(request: IncomingMessage) {
    if (throttle === undefined) return
    const peer = addressKey(request.socket.remoteAddress)
    const nowMs = clock.monotonicMs()
    if (nowMs >= (trustedUntilMs.get(peer) ?? 0)) throttle.admit(request)
    trustedUntilMs.set(peer, nowMs + trustPeerMs)
  }

  return async (request) => {
    checkProofs(request)
    const user = soleHeader(request, userHeader)
    const scopes = soleHeader(request, scopesHeader) ?? ''
    const groups = groupsHeader === undefined ? '*' : (soleHeader(request, groupsHeader) ?? '')
    if (user === repeated || scopes === repeated || groups === repeated) throw invalidCredentials('ambiguous_identity')
    if (!user) throw missingCredentials('no_identity', 'The gateway named no caller.')
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

/** A secret that cannot be read is no caller's fault. */
function reveal(secret: Secret): string {
  try {
    return secret.reveal()
  } catch {
    throw keysUnavailable(retryAfterSeconds)
  }
}

/** Compares digests in constant time, so that neither the duration nor the length reveals anything of the secret. */
function isEqual(presented: string, expected: string): boolean {
  return timingSafeEqual(hash('sha256', presented, 'buffer'), hash('sha256', expected, 'buffer'))
}
