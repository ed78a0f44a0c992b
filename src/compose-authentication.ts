import type { Agent, IncomingMessage } from 'node:http'
import type { Request } from 'express'
import type { Clock } from './clock.js'
import type { AuthenticationConfig, Config } from './config/config.js'
import { createEgressAgent, type EgressProxy } from './egress/egress-agent.js'
import { createAttemptThrottle } from './http/authentication/attempt-throttle.js'
import { type Authenticate, createAnonymousAuthenticator } from './http/authentication/caller.js'
import { createGatewayAuthenticator } from './http/authentication/gateway-authenticator.js'
import { createJwtAuthenticator } from './http/authentication/jwt-authenticator.js'
import { createKeyStore, type KeyStore } from './http/authentication/key-store.js'
import {
  createDiscoveryLoader,
  createFileLoader,
  createRemoteLoader,
  type KeyLoader,
} from './http/authentication/load-keys.js'
import { createRateLimiter } from './http/rate-limit.js'
import type { Observers } from './operations/observers.js'

export interface Authentication {
  readonly authenticate: Authenticate
  /** The keys that tokens are verified with; `null` outside `jwt` mode. */
  readonly keys: KeyStore | null
}

export type JwtConfig = Extract<AuthenticationConfig, { mode: 'jwt' }>

/** Creates the configured authenticator. */
export function composeAuthentication(config: Config, observers: Observers, clock: Clock): Authentication {
  const { authentication, groupsClaim } = config
  const limiter = createRateLimiter({ perMinute: config.rateLimitPerMinute, name: 'address', clock })
  switch (authentication.mode) {
    case 'jwt': {
      const { issuer, audience, audienceClaim, scopeClaims, algorithms, header, cookie } = authentication
      const { keysMaxStaleMs: maxStaleMs } = authentication
      const loader = composeLoader(authentication, config.egress)
      const keys = createKeyStore({ loader, maxStaleMs, events: observers.keys, clock })
      const authenticate = createJwtAuthenticator({
        throttle: createAttemptThrottle(limiter, addressOf),
        issuer,
        audience,
        audienceClaim,
        scopeClaims,
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
        // By the socket's peer (the gateway or an impostor), not by the forwarded client address.
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
 * One load of the JWKS, discovery included. Well below the 5 s after which the gateway tries another replica, so that a
 * replica without keys answers while there is time to try another.
 */
const timeoutMs = 3000

/** Loads the configured key set. */
export function composeLoader({ jwks, issuer }: Pick<JwtConfig, 'jwks' | 'issuer'>, proxy: EgressProxy): KeyLoader {
  const agentFor = composeAgents(proxy)
  if (jwks === null) return createDiscoveryLoader({ issuer, agentFor, timeoutMs })
  if ('file' in jwks) return createFileLoader(jwks.file)
  const url = new URL(jwks.uri)
  return createRemoteLoader({ url, agent: agentFor(url), timeoutMs })
}

/** Returns the agent for a URL of the token issuer; one per origin. */
export function composeAgents(proxy: EgressProxy): (target: URL) => Agent {
  const agents = new Map<string, Agent>()
  return (target) => {
    const agent = agents.get(target.origin) ?? createEgressAgent({ target, proxy, connectTimeoutMs: timeoutMs })
    agents.set(target.origin, agent)
    return agent
  }
}

/** The client's address, as far as `trust proxy` allows it to be trusted. */
function addressOf(request: IncomingMessage): string | undefined {
  return (request as Request).ip
}
