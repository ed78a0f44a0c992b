import { type Clock, systemClock } from './clock.js'
import { composeAuthentication } from './compose-authentication.js'
import { composeCache } from './compose-cache.js'
import type { Config } from './config/config.js'
import { createFinAuthClient, type FinAuthClient } from './finauth/client.js'
import { createAdminApp } from './http/admin-app.js'
import { createApp } from './http/app.js'
import type { FramedApp } from './http/framed-app.js'
import { type Asset, assetRoutes } from './http/asset-routes.js'
import { contractAssets } from './http/contract-assets.js'
import { type Cors, createCors } from './http/cors.js'
import { createCrossSiteGuard } from './http/cross-site.js'
import { addFaceGroupsRoutes, type FaceGroupsRoutesOptions, methodsAt } from './http/face-groups-routes.js'
import { createGuard } from './http/guard.js'
import { createRateLimiter } from './http/rate-limit.js'
import type { RequestRecord } from './http/request-context.js'
import { createRepresentationSender } from './http/send-representation.js'
import type { HealthInput } from './http/health.js'
import { createLog, type Log } from './operations/log.js'
import { createMetrics } from './operations/metrics.js'
import { createObservers, type Observers } from './operations/observers.js'

/** What may be replaced from outside; each has a real default. */
export interface Parts {
  readonly clock?: Clock
  readonly log?: Log
  /** The explorer page and its files, by URL path. Absent where it is off. */
  readonly explorer?: ReadonlyMap<string, Asset>
}

export interface Service {
  /** The public face. */
  readonly app: FramedApp
  /** For the platform alone. */
  readonly admin: FramedApp
  /** To be told of requests that the public server could not read, which therefore reach no app. */
  readonly unreadable: (record: RequestRecord) => void
  /** Loads what Redis holds; a first refresh runs behind, and so do the token keys load. Never rejects because Redis or the vendor is away. */
  start(): Promise<void>
  /** Resolves when no refresh is under way, and no keys are being loaded. */
  idle(): Promise<void>
  /** From here on this instance is unready; it goes on answering. */
  retire(): void
  /** Writes down the requests that have ended, of which log and metrics are told a moment later. */
  readonly flush: () => void
  /** Ends waiting requests with `shutting_down`, hands back the lease, closes every connection. Safe to call twice. */
  close(): Promise<void>
}

/** The whole graph, by plain calls. Nothing listens or connects before `start`. */
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
  const errors = {
    isShuttingDown: () => isShuttingDown,
    onUnexpectedError: observers.unexpectedError,
    onRefused: observers.refused,
  }

  const resource: FaceGroupsRoutesOptions = {
    cache,
    guard: createGuard({
      authenticate,
      limiter: createRateLimiter({ perMinute: config.rateLimitPerMinute, clock }),
      onRateLimited: observers.rateLimited,
    }),
    crossSite: createCrossSiteGuard({ origins: config.corsOrigins }),
    send: createRepresentationSender({ ttlMs: config.cache.ttlMs, vary: varyOf(config) }),
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
      routes: [assetRoutes(new Map([...contractAssets(), ...(parts.explorer ?? [])]))],
      onEnd: observers.requests.note,
    }),
    admin: createAdminApp({
      ...errors,
      health,
      metrics() {
        observers.requests.flush()
        const snapshot = { ageMs: cache.status().ageMs, groups: cache.peek()?.value.size ?? null }
        return metrics.scrape({ snapshot, keys: keys?.status() ?? null })
      },
    }),
    unreadable: observers.requests.note,
    start() {
      keys?.start()
      return cache.start()
    },
    async idle() {
      await Promise.all([cache.idle(), keys?.idle()])
    },
    retire() {
      isShuttingDown = true
    },
    flush: observers.requests.flush,
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

function composeCors({ corsOrigins, authentication }: Config): Cors {
  const isJwt = authentication.mode === 'jwt'
  // Behind a cookie, and behind a header that a gateway fills, stands a session the browser takes part in.
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

/** The request headers that decide what an answer holds. */
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
