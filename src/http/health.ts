import { Router } from 'express'
import type { SnapshotCacheStatus } from '../snapshot-cache/types.js'
import type { KeyStatus } from './authentication/key-store.js'
import { methodNotAllowed } from './error-handler.js'
import { respond } from './respond.js'

export type HealthStatus = 'pass' | 'warn' | 'fail'

/** Input of the health report. */
export interface HealthInput {
  readonly cache: SnapshotCacheStatus
  /** `null` outside `jwt` mode. */
  readonly keys: KeyStatus | null
  /** Whether this instance ever had a copy to serve. */
  readonly hasStarted: boolean
  readonly isShuttingDown: boolean
  readonly credentialsInUse: 'primary' | 'standby'
  /** The vendor's clock minus ours. */
  readonly clockSkewSeconds: number
  /** Whether the vendor's last answer deviated from its documentation. */
  readonly hasDrifted: boolean
}

interface Check {
  readonly status: HealthStatus
  readonly observedValue?: string | number
  readonly output?: string
}

export interface HealthReport {
  readonly status: HealthStatus
  /** For the platform only: never shown on the public port. */
  readonly checks: Readonly<Record<string, readonly Check[]>>
}

const tolerableSkewSeconds = 30

/**
 * Whether a request for the list could be answered now. That needs keys to verify its token, and a copy or a vendor
 * that may be called. After a failure the vendor may be called again once the backoff is over, and the instance must
 * then be ready: without requests it would never call.
 */
export function isReady({ cache, keys, hasStarted, isShuttingDown }: HealthInput): boolean {
  if (isShuttingDown || keys?.state === 'none' || keys?.state === 'expired') return false
  if (cache.freshness !== 'empty') return true
  return hasStarted && (cache.failure === null || cache.failure.retryAfterMs === 0)
}

/** The service's health in the shape of `application/health+json` (draft-inadarei-api-health-check-06). */
function healthReport(input: HealthInput): HealthReport {
  const checks = {
    'snapshot:age': [snapshotCheck(input)],
    'finauth:credentials': [
      input.credentialsInUse === 'primary'
        ? pass('primary')
        : warn('standby', 'primary credentials rejected or unreadable, using standby'),
    ],
    'finauth:clock-skew': [
      Math.abs(input.clockSkewSeconds) <= tolerableSkewSeconds
        ? pass(input.clockSkewSeconds)
        : warn(input.clockSkewSeconds, 'clock skew between this service and the vendor'),
    ],
    'finauth:contract': [
      input.hasDrifted
        ? warn('drifted', 'the vendor’s last answer deviates from its documentation')
        : pass('as documented'),
    ],
    'redis:state': [
      input.cache.store === 'down'
        ? warn('down', 'Redis unavailable, each replica refreshes for itself')
        : pass(input.cache.store),
    ],
    ...(input.keys && { 'jwt:keys': [keysCheck(input.keys)] }),
    lifecycle: [input.isShuttingDown ? { status: 'fail' as const, observedValue: 'shutting down' } : pass('running')],
  }
  return { status: worst(Object.values(checks).flat()), checks }
}

function snapshotCheck({ cache, hasStarted }: HealthInput): Check {
  const output = cache.failure ? `refresh failed: ${cache.failure.code}` : undefined
  const seconds = cache.ageMs === null ? null : Math.floor(cache.ageMs / 1000)
  switch (cache.freshness) {
    case 'fresh':
      return output ? warn(seconds ?? 0, output) : pass(seconds ?? 0)
    case 'stale':
      return warn(seconds ?? 0, output ?? 'stale, the next request refreshes it')
    case 'empty':
      return hasStarted && !output
        ? warn('none', 'expired, the next request fetches a new copy')
        : { status: 'fail', observedValue: 'none', output: output ?? 'starting, no copy yet' }
  }
}

function keysCheck({ state, count, failure }: KeyStatus): Check {
  const output = failure === null ? undefined : `JWKS unavailable: ${failure}`
  switch (state) {
    case 'usable':
      return output ? warn(count, `${output}, using the last loaded keys`) : pass(count)
    case 'none':
      return { status: 'fail', observedValue: 0, output: output ?? 'starting, no keys yet' }
    case 'withdrawn':
      return { status: 'fail', observedValue: 0, output: 'the JWKS has no usable key, every token is rejected' }
    case 'expired':
      return {
        status: 'fail',
        observedValue: 0,
        output: `${output ?? 'JWKS unavailable'}, the last loaded keys are too old`,
      }
  }
}

function pass(observedValue: string | number): Check {
  return { status: 'pass', observedValue }
}

function warn(observedValue: string | number, output: string): Check {
  return { status: 'warn', observedValue, output }
}

function worst(checks: readonly Check[]): HealthStatus {
  if (checks.some(({ status }) => status === 'fail')) return 'fail'
  return checks.some(({ status }) => status === 'warn') ? 'warn' : 'pass'
}

export interface HealthRoutesOptions {
  readonly health: () => HealthInput
  /** Whether the checks are shown besides the status; on the admin port only. */
  readonly detail: 'status' | 'checks'
}

/** Routes `/health`, `/health/live` and `/health/ready`; public. */
export function healthRoutes({ health, detail }: HealthRoutesOptions): Router {
  const router = Router({ caseSensitive: true, strict: true })
  const reports: Record<string, () => { status: HealthStatus; checks?: unknown }> = {
    '/health/live': () => ({ status: 'pass' }),
    '/health/ready': () => ({ status: isReady(health()) ? 'pass' : 'fail' }),
    '/health': () => {
      const { status, checks } = healthReport(health())
      return detail === 'checks' ? { status, checks } : { status }
    },
  }
  for (const [path, report] of Object.entries(reports)) {
    router
      .route(path)
      .get((_request, response) => {
        const body = report()
        respond(response, {
          status: body.status === 'fail' ? 503 : 200,
          headers: ['Content-Type', 'application/health+json', 'Cache-Control', 'no-store'],
          body: JSON.stringify(body),
        })
      })
      .all(methodNotAllowed('GET, HEAD'))
  }
  return router
}
