import { hash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Secret } from '../../secret.js'
import type { Clock } from '../../clock.js'
import { systemClock } from '../../clock.js'
import { addressKey } from '../client-address.js'
import { ProblemError } from '../problem.js'
import { createRecentMap } from '../recent-map.js'
import { repeated, soleHeader } from '../sole-header.js'
import type { AttemptThrottle } from './attempt-throttle.js'
import { groupPatternsFrom, wordsOf } from './authorise.js'
import { type Authenticate, type Caller, maxRememberedBytes, weighCaller } from './caller.js'
import { invalidProof, noProof } from './challenge.js'
import type { AuthFailureReason, AuthenticationEvents } from './events.js'
import { createPeerList } from './peer-list.js'

export interface GatewayAuthenticatorOptions {
  readonly events: AuthenticationEvents
  /** Expected in `X-Gateway-Secret`; read at each request. */
  readonly secret?: Secret
  /** The only peers, by socket address, that may assert an identity. At least one of the two proofs is required. */
  readonly cidrs?: readonly string[]
  /** Default `x-forwarded-user`. */
  readonly userHeader?: string
  /** Lists scopes with blanks or commas between. Default `x-forwarded-scopes`. */
  readonly scopesHeader?: string
  /** Lists group-id patterns likewise; without it every group may be seen. */
  readonly groupsHeader?: string
  /**
   * Bounds wrong secrets. It must count by the socket's peer: who may forward addresses could lock out others.
   * Default: no bound.
   */
  readonly throttle?: AttemptThrottle
  readonly clock?: Clock
}

const maxRemembered = 10_000

/** For so long after its last right secret a peer is not locked out by the wrong ones that come from its address. */
const provenMs = 3_600_000

/** Until an operator has put the secret's file back. */
const retryAfterSeconds = 5

/**
 * Callers vouched for by the gateway before us. Its word counts only with every configured proof: the
 * secret, the peer's socket address, or both. Throws a `TypeError` at once where neither is configured.
 */
export function createGatewayAuthenticator(options: GatewayAuthenticatorOptions): Authenticate {
  const { secret, cidrs, events, clock = systemClock } = options
  const throttle = secret === undefined ? undefined : options.throttle
  if (secret === undefined && cidrs === undefined) throw new TypeError('gateway mode needs a secret or CIDRs')
  const userHeader = (options.userHeader ?? 'x-forwarded-user').toLowerCase()
  const scopesHeader = (options.scopesHeader ?? 'x-forwarded-scopes').toLowerCase()
  const groupsHeader = options.groupsHeader?.toLowerCase()
  const isListed = cidrs === undefined ? () => true : createPeerList(cidrs)
  const knowsSecret = secret === undefined ? () => true : secretCheck(secret)
  const callers = createRecentMap<Caller>({
    maxEntries: maxRemembered,
    maxWeight: maxRememberedBytes,
    weigh: (caller, key) => weighCaller(caller) + 2 * key.length,
  })
  const provenUntilMs = createRecentMap<number>({ maxEntries: maxRemembered })

  function refuse(reason: AuthFailureReason, problem: ProblemError): ProblemError {
    events.refused(reason)
    return problem
  }

  function checkProof(request: IncomingMessage) {
    if (!isListed(request.socket)) throw refuse('untrusted_peer', noProof('This is to be reached through the gateway.'))
    const presented = soleHeader(request, 'x-gateway-secret')
    if (presented !== repeated && knowsSecretNow(presented)) return admitProven(request)
    if (presented === undefined) throw refuse('wrong_secret', noProof('This is to be reached through the gateway.'))
    throttle?.admit(request)
    throttle?.failed(request)
    throw refuse('wrong_secret', invalidProof('The gateway did not prove itself.'))
  }

  /** A peer that only now comes upon the right secret may have been guessing. */
  function admitProven(request: IncomingMessage) {
    if (throttle === undefined) return
    const peer = addressKey(request.socket.remoteAddress)
    const nowMs = clock.monotonicMs()
    if (nowMs >= (provenUntilMs.get(peer) ?? 0)) throttle.admit(request)
    provenUntilMs.set(peer, nowMs + provenMs)
  }

  /** A secret that cannot be read proves nobody, and that is no caller's fault. */
  function knowsSecretNow(presented: string | undefined): boolean {
    try {
      return knowsSecret(presented)
    } catch {
      throw refuse('keys_unavailable', new ProblemError('identity_provider_unavailable', { retryAfterSeconds }))
    }
  }

  return (request) => {
    checkProof(request)
    const user = soleHeader(request, userHeader)
    const scopes = soleHeader(request, scopesHeader) ?? ''
    const groups = groupsHeader === undefined ? '*' : (soleHeader(request, groupsHeader) ?? '')
    if (user === repeated || scopes === repeated || groups === repeated) {
      throw refuse('ambiguous_identity', invalidProof('The gateway sent more than one identity.'))
    }
    if (user === undefined || user === '') throw refuse('no_identity', noProof('The gateway named no caller.'))
    const key = `${user}\n${scopes}\n${groups}`
    const known = callers.get(key)
    if (known !== undefined) return known
    const caller: Caller = {
      subject: user,
      scopes: new Set(wordsOf(scopes)),
      groupPatterns: groupPatternsFrom(wordsOf(groups)),
    }
    callers.set(key, caller)
    return caller
  }
}

/** Compares digests, so neither the time taken nor a length tells anything of the secret. */
function secretCheck(secret: Secret): (presented: string | undefined) => boolean {
  let current: { value: string; digest: Buffer } | null = null
  return (presented) => {
    const value = secret.reveal()
    if (current?.value !== value) current = { value, digest: hash('sha256', value, 'buffer') }
    return presented !== undefined && timingSafeEqual(hash('sha256', presented, 'buffer'), current.digest)
  }
}
