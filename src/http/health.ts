import { Router } from 'express'
import type { SnapshotCacheStatus } from '../snapshot-cache/types.js'
import type { KeyStatus } from './authentication/key-store.js'
import { methodNotAllowed } from './error-handler.js'
import { respond } from './respond.js'

export type HealthStatus = 'pass' | 'warn' | 'fail'

/** What health is decided by. */
export interface HealthInput {
  readonly cache: SnapshotCacheStatus
  /** `null` where callers do not come with tokens. */
  readonly keys: KeyStatus | null
  /** Whether a copy was ever served from here, that is, whether starting is over. */
  readonly hasStarted: boolean
  readonly isShuttingDown: boolean
  readonly credentialsInUse: 'primary' | 'standby'
  /** The vendor's clock minus ours. */
  readonly clockSkewSeconds: number
  /** Whether the vendor's last answer was not as documented. */
  readonly hasDrifted: boolean
}

interface Check {
  readonly status: HealthStatus
  readonly observedValue?: string | number
  readonly output?: string
}

export interface HealthReport {
  readonly status: HealthStatus
  /** For the platform alone: never shown on the public port. */
  readonly checks: Readonly<Record<string, readonly Check[]>>
}

const tolerableSkewSeconds = 30

/**
 * Whether a request for the list could be answered right now: with keys to verify its token, and from the copy, or by asking the vendor, which may be
 * done again once the backoff of a failure is over. It must be: an instance that gets no requests asks nobody.
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
        : warn('standby', 'the vendor rejects the primary credentials; the standby pair signs'),
    ],
    'finauth:clock-skew': [
      Math.abs(input.clockSkewSeconds) <= tolerableSkewSeconds
        ? pass(input.clockSkewSeconds)
        : warn(input.clockSkewSeconds, 'our clock and the vendor’s disagree by seconds'),
    ],
    'finauth:contract': [
      input.hasDrifted ? warn('drifted', 'the vendor’s last answer was not as documented') : pass('as documented'),
    ],
    'redis:state': [
      input.cache.store === 'down' ? warn('down', 'each replica refreshes for itself') : pass(input.cache.store),
    ],
    ...(input.keys && { 'jwt:keys': [keysCheck(input.keys)] }),
    lifecycle: [input.isShuttingDown ? { status: 'fail' as const, observedValue: 'shutting down' } : pass('running')],
  }
  return { status: worst(Object.values(checks).flat()), checks }
}

function snapshotCheck({ cache, hasStarted }: HealthInput): Check {
  const output = cache.failure ? `the last refresh failed: ${cache.failure.code}` : undefined
  const seconds = cache.ageMs === null ? null : Math.floor(cache.ageMs / 1000)
  switch (cache.freshness) {
    case 'fresh':
      return output ? warn(seconds ?? 0, output) : pass(seconds ?? 0)
    case 'stale':
      return warn(seconds ?? 0, output ?? 'stale; the next request refreshes it')
    case 'empty':
      return hasStarted && !output
        ? warn('none', 'expired; the next request fetches a new one')
        : { status: 'fail', observedValue: 'none', output: output ?? 'starting: nothing to serve yet' }
  }
}

function keysCheck({ state, count, failure }: KeyStatus): Check {
  const output = failure === null ? undefined : `the keys cannot be loaded: ${failure}`
  switch (state) {
    case 'usable':
      return output ? warn(count, `${output}; the last ones are used`) : pass(count)
    case 'none':
      return { status: 'fail', observedValue: 0, output: output ?? 'starting: no key yet' }
    case 'withdrawn':
      return { status: 'fail', observedValue: 0, output: 'the key set has no usable key: every token is refused' }
    case 'expired':
      return {
        status: 'fail',
        observedValue: 0,
        output: `${output ?? 'no keys'}; the last ones are too old to be used`,
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
  /** Whether the checks are shown, not only the status: on the admin port only. */
  readonly detail: 'status' | 'checks'
}

/** `/health`, `/health/live` and `/health/ready`, for anyone. */
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
