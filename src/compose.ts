import { type Clock, systemClock } from './clock.js'
import { composeAuthentication } from './compose-authentication.js'
import { composeCache } from './compose-cache.js'
import type { Config } from './config/config.js'
import { createFinAuthClient, type FinAuthClient } from './finauth/client.js'
import type { Express, RequestHandler, Router } from 'express'
import { createAdminApp, createApp } from './http/app.js'
import { createAccess } from './http/access.js'
import { type Asset, assetRoutes, contractAssets } from './http/assets.js'
import { createCors } from './http/cors.js'
import { addFaceGroupsRoutes, type FaceGroupsRoutesOptions, methodsAt } from './http/face-groups-routes.js'
import { createRateLimiter } from './http/rate-limit.js'
import type { RequestRecord } from './http/context.js'
import { createSendRepresentation } from './http/representation-response.js'
import type { HealthInput } from './http/health.js'
import { createLog, type Log } from './operations/log.js'
import { createMetrics } from './operations/metrics.js'
import { createObservers, type Observers } from './operations/observers.js'

/** Optional parts; each has a default. */
export interface Parts {
  readonly clock?: Clock
  readonly log?: Log
  /** The explorer page and its files, by URL path. Absent when the page is off. */
  readonly explorer?: ReadonlyMap<string, Asset>
  /** Further routers of the public app. */
  readonly routes?: readonly Router[]
}

export interface Service {
  /** For callers and the gateway. */
  readonly app: Express
  /** For the platform only: metrics and detailed health. */
  readonly admin: Express
  /** Call with requests that the public server rejects before they reach an app. */
  readonly onRejected: (record: RequestRecord) => void
  /**
   * Loads the copy from Redis; the first refresh and the token keys load in the background. Never rejects if Redis or
   * the vendor is unavailable.
   */
  start(): Promise<void>
  /** Resolves when no refresh is under way and no keys are being loaded. */
  idle(): Promise<void>
  /** Makes `/health/ready` fail from now on; requests are still answered. */
  markNotReady(): void
  /** Ends waiting requests with `shutting_down`, releases the lease, closes every connection. Safe to call twice. */
  close(): Promise<void>
}

/** Composes the whole service. Nothing listens or connects before `start`. */
export function compose(config: Config, parts: Parts = {}): Service {
  const { clock = systemClock, log = createLog({ level: config.logLevel }) } = parts
  const metrics = createMetrics()
  const observers = createObservers({ log, metrics })
  const finauth = composeFinAuth(config, observers, clock)
  const cache = composeCache(config, {
    events: observers.cache,
    clock,
    finauth,
    onUnexpectedError: observers.unexpectedError,
  })

  const { authenticate, keys } = composeAuthentication(config, observers, clock)

  let isShuttingDown = false
  const health = (): HealthInput => ({
    cache: cache.status(),
    keys: keys?.status() ?? null,
    isShuttingDown,
    ...observers.seen(),
  })
  const errors = { isShuttingDown: () => isShuttingDown, onUnexpectedError: observers.unexpectedError }

  const resource: FaceGroupsRoutesOptions = {
    cache,
    requireAccess: createAccess({
      authenticate,
      limiter: createRateLimiter({ perMinute: config.rateLimitPerMinute, clock }),
      onRateLimited: observers.rateLimited,
    }),
    origins: config.corsOrigins,
    send: createSendRepresentation({ ttlMs: config.cache.ttlMs, vary: varyOf(config) }),
    readScope: config.readScope ?? '',
    refreshScope: config.refreshScope,
    refreshWindowMs: config.cache.backoffMs,
  }

  return {
    app: createApp({
      ...errors,
      trustProxy: config.trustProxy,
      ...(config.corsOrigins.length > 0 && { cors: composeCors(config) }),
      health,
      addResource: (router) => addFaceGroupsRoutes(router, resource),
      routes: [assetRoutes(new Map([...contractAssets(), ...(parts.explorer ?? [])])), ...(parts.routes ?? [])],
      onEnd: observers.requestEnded,
      logClientAddress: config.logClientAddress,
    }),
    admin: createAdminApp({
      ...errors,
      health,
      metrics() {
        const snapshot = { ageMs: cache.status().ageMs, groups: cache.peek()?.value.groups.length ?? null }
        return metrics.scrape({ snapshot, keys: keys?.status() ?? null })
      },
    }),
    onRejected: observers.requestEnded,
    start() {
      keys?.start()
      return cache.start()
    },
    async idle() {
      await Promise.all([cache.idle(), keys?.idle()])
    },
    markNotReady() {
      isShuttingDown = true
    },
    async close() {
      isShuttingDown = true
      keys?.close()
      await cache.close()
      finauth.close()
    },
  }
}

function composeFinAuth(
  { finauth, egress: proxy }: Config,
  { finauth: events }: Observers,
  clock: Clock,
): FinAuthClient {
  const { primary, standby, ...limits } = finauth
  return createFinAuthClient({
    ...limits,
    credentials: [{ slot: 'primary', ...primary }, ...(standby ? [{ slot: 'standby' as const, ...standby }] : [])],
    proxy,
    clock,
    events,
  })
}

function composeCors({ corsOrigins, authentication }: Config): RequestHandler {
  const isJwt = authentication.mode === 'jwt'
  // Browsers send cookies and gateway sessions by themselves, so CORS must allow credentials for them.
  const isAmbient =
    authentication.mode === 'gateway' ||
    (isJwt && (authentication.cookie !== null || authentication.header !== 'authorization'))
  return createCors({
    origins: corsOrigins,
    credentials: isAmbient,
    methodsFor: methodsAt,
    ...(isJwt && { tokenHeader: authentication.header }),
  })
}

/** The request headers that an answer depends on. */
function varyOf({ authentication, groupsClaim }: Config): string {
  const names = ['accept', 'accept-encoding']
  if (authentication.mode === 'gateway') {
    names.push(authentication.userHeader, authentication.scopesHeader)
    if (groupsClaim !== null) names.push(groupsClaim)
  }
  if (authentication.mode === 'jwt') {
    names.push(authentication.header)
    if (authentication.cookie !== null) names.push('cookie')
  }
  return names.join(', ')
}
