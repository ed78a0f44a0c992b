import type { Request } from 'express'
import type { Clock } from './clock.js'
import type { Config } from './config/config.js'
import { createAttemptThrottle } from './http/authentication/attempt-throttle.js'
import { type Authenticate, createAnonymousAuthenticator } from './http/authentication/caller.js'
import { createGatewayAuthenticator } from './http/authentication/gateway-authenticator.js'
import { createJwtAuthenticator } from './http/authentication/jwt-authenticator.js'
import { createKeyStore, type KeyStore } from './http/authentication/key-store.js'
import { createKeyLoader } from './http/authentication/load-keys.js'
import { createRateLimiter } from './http/rate-limit.js'
import type { Observers } from './operations/observers.js'

export interface Authentication {
  readonly authenticate: Authenticate
  /** The keys that tokens are verified with; `null` outside `jwt` mode. */
  readonly keys: KeyStore | null
}

/**
 * One load of the JWKS, discovery included. Well below the 5 s after which the gateway tries another replica, so that a
 * replica without keys answers while there is time to try another.
 */
const timeoutMs = 3000

/** Creates the configured authenticator. */
export function composeAuthentication(config: Config, observers: Observers, clock: Clock): Authentication {
  const { authentication, groupsClaim, egress: proxy } = config
  const limiter = createRateLimiter({ perMinute: config.rateLimitPerMinute, name: 'address', clock })
  switch (authentication.mode) {
    case 'jwt': {
      const loader = createKeyLoader({ ...authentication, proxy, timeoutMs })
      const { keysMaxStaleMs: maxStaleMs } = authentication
      const keys = createKeyStore({ loader, maxStaleMs, events: observers.keys, clock })
      // By the client's address, as far as `trust proxy` allows it to be trusted.
      const throttle = createAttemptThrottle(limiter, (request) => (request as Request).ip)
      return { authenticate: createJwtAuthenticator({ ...authentication, groupsClaim, throttle, keys, clock }), keys }
    }
    case 'gateway': {
      const { cidrs, ...options } = authentication
      const authenticate = createGatewayAuthenticator({
        ...options,
        ...(cidrs.length > 0 && { cidrs }),
        groupsHeader: groupsClaim,
        // By the socket's peer (the gateway or an impostor), not by the forwarded client address.
        throttle: createAttemptThrottle(limiter),
        clock,
      })
      return { authenticate, keys: null }
    }
    case 'none': {
      const scopes = [config.readScope ?? '', config.refreshScope]
      return { authenticate: createAnonymousAuthenticator({ scopes }), keys: null }
    }
  }
}
