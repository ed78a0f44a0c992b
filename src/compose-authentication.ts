import type { IncomingMessage } from 'node:http'
import type { Request } from 'express'
import type { Clock } from './clock.js'
import type { AuthenticationConfig, Config } from './config/config.js'
import { createEgressAgent } from './egress/egress-agent.js'
import { createAnonymousAuthenticator } from './http/authentication/anonymous-authenticator.js'
import { createAttemptThrottle } from './http/authentication/attempt-throttle.js'
import type { Authenticate } from './http/authentication/caller.js'
import { createFileKeys } from './http/authentication/file-keys.js'
import { createGatewayAuthenticator } from './http/authentication/gateway-authenticator.js'
import { createJwtAuthenticator } from './http/authentication/jwt-authenticator.js'
import type { KeyEvents, KeyStore } from './http/authentication/keys.js'
import { createRemoteKeys } from './http/authentication/remote-keys.js'
import { createRateLimiter } from './http/rate-limit.js'
import type { Observers } from './operations/observers.js'

export interface Authentication {
  readonly authenticate: Authenticate
  /** The keys that tokens are verified with; `null` where there are no tokens. */
  readonly keys: KeyStore | null
}

/** How callers prove who they are, as configured. */
export function composeAuthentication(config: Config, observers: Observers, clock: Clock): Authentication {
  const { authentication, groupsClaim } = config
  const limiter = createRateLimiter({ perMinute: config.rateLimitPerMinute, name: 'address', clock })
  const events = observers.authentication
  switch (authentication.mode) {
    case 'jwt': {
      const { issuer, audience, algorithms, header, cookie } = authentication
      const keys = composeKeys(authentication, config, { events: observers.keys, clock })
      const authenticate = createJwtAuthenticator({
        events,
        throttle: createAttemptThrottle({ limiter, events, addressOf }),
        issuer,
        audience,
        algorithms,
        header,
        ...(cookie !== null && { cookie }),
        ...(groupsClaim !== null && { groupsClaim }),
        keys,
        clock,
      })
      return { authenticate, keys }
    }
    case 'gateway': {
      const { secret, cidrs, userHeader, scopesHeader } = authentication
      const authenticate = createGatewayAuthenticator({
        events,
        // By the socket's peer, the gateway or an impostor; not by the client address that it forwards.
        throttle: createAttemptThrottle({ limiter, events }),
        clock,
        ...(secret && { secret }),
        ...(cidrs.length > 0 && { cidrs }),
        userHeader,
        scopesHeader,
        ...(groupsClaim !== null && { groupsHeader: groupsClaim }),
      })
      return { authenticate, keys: null }
    }
    case 'none':
      return {
        authenticate: createAnonymousAuthenticator({ scopes: [config.readScope ?? '', config.refreshScope] }),
        keys: null,
      }
  }
}

/**
 * One fetch of the token keys. Well below the 5 s in which the gateway looks for another replica: one that has no
 * keys yet must say so while there is time to ask its neighbour.
 */
const keysTimeoutMs = 3000

function composeKeys(
  { jwks, keysMaxStaleMs: maxStaleMs }: Extract<AuthenticationConfig, { mode: 'jwt' }>,
  { egress: proxy }: Config,
  { events, clock }: { events: KeyEvents; clock: Clock },
): KeyStore {
  if ('file' in jwks) return createFileKeys({ path: jwks.file, events, maxStaleMs, clock })
  const url = new URL(jwks.uri)
  const agent = createEgressAgent({ target: url, proxy, connectTimeoutMs: keysTimeoutMs })
  return createRemoteKeys({ url, agent, timeoutMs: keysTimeoutMs, maxStaleMs, events, clock })
}

/** The client's address as far as `trust proxy` lets it be believed. */
function addressOf(request: IncomingMessage): string | undefined {
  return (request as Request).ip
}
