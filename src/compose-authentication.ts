import type { IncomingMessage } from 'node:http'
import type { Request } from 'express'
import type { Clock } from './clock.js'
import type { AuthenticationConfig, Config } from './config/config.js'
import { createEgressAgent } from './egress/egress-agent.js'
import { createAttemptThrottle } from './http/authentication/attempt-throttle.js'
import { type Authenticate, createAnonymousAuthenticator } from './http/authentication/caller.js'
import { createGatewayAuthenticator } from './http/authentication/gateway-authenticator.js'
import { createJwtAuthenticator } from './http/authentication/jwt-authenticator.js'
import { createKeyStore, type KeyStore } from './http/authentication/key-store.js'
import { createFileLoader, createRemoteLoader, type KeyLoader } from './http/authentication/load-keys.js'
import { createRateLimiter } from './http/rate-limit.js'
import type { Observers } from './operations/observers.js'

export interface Authentication {
  readonly authenticate: Authenticate
  /** The keys that tokens are verified with; `null` where there are no tokens. */
  readonly keys: KeyStore | null
}

/** Creates the authenticator that is configured. */
export function composeAuthentication(config: Config, observers: Observers, clock: Clock): Authentication {
  const { authentication, groupsClaim } = config
  const limiter = createRateLimiter({ perMinute: config.rateLimitPerMinute, name: 'address', clock })
  switch (authentication.mode) {
    case 'jwt': {
      const { issuer, audience, algorithms, header, cookie, keysMaxStaleMs: maxStaleMs } = authentication
      const loader = composeLoader(authentication, config)
      const keys = createKeyStore({ loader, maxStaleMs, events: observers.keys, clock })
      const authenticate = createJwtAuthenticator({
        throttle: createAttemptThrottle(limiter, addressOf),
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
        // By the socket's peer, the gateway or an impostor; not by the client address that it forwards.
        throttle: createAttemptThrottle(limiter),
        clock,
        ...(secret && { secret }),
        ...(cidrs.length > 0 && { cidrs }),
        userHeader,
        scopesHeader,
        ...(groupsClaim !== null && { groupsHeader: groupsClaim }),
      })
      return { authenticate, keys: null }
    }
    case 'none': {
      const scopes = [config.readScope ?? '', config.refreshScope]
      return { authenticate: createAnonymousAuthenticator({ scopes }), keys: null }
    }
  }
}

/**
 * One fetch of the JWKS. Well below the 5 s after which the gateway tries another replica: one that has no keys yet must
 * answer while there is time to ask another.
 */
const jwksTimeoutMs = 3000

function composeLoader({ jwks }: Extract<AuthenticationConfig, { mode: 'jwt' }>, { egress: proxy }: Config): KeyLoader {
  if ('file' in jwks) return createFileLoader(jwks.file)
  const url = new URL(jwks.uri)
  const agent = createEgressAgent({ target: url, proxy, connectTimeoutMs: jwksTimeoutMs })
  return createRemoteLoader({ url, agent, timeoutMs: jwksTimeoutMs })
}

/** The client's address as far as `trust proxy` lets it be trusted. */
function addressOf(request: IncomingMessage): string | undefined {
  return (request as Request).ip
}
