import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { KeyStatus } from '../http/authentication/key-store.js'
import { packageVersion } from '../package-file.js'

/** All metrics of the service; dashboards and alert rules depend on the names. */
export type Metrics = ReturnType<typeof createMetrics>

/** One registry per service, so that several can run in one process. */
export function createMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const metrics = defineMetrics([registry])
  metrics.buildInfo.set({ version: packageVersion(), node: process.versions.node }, 1)
  // A gauge without labels starts at 0, which would be wrong: age zero, Redis down.
  const { snapshotAge, snapshotGroups, finauthClockSkew, redisUp, jwksKeys, jwksAge } = metrics
  const unknown = [snapshotAge, snapshotGroups, finauthClockSkew, redisUp, jwksKeys, jwksAge]
  for (const gauge of unknown) gauge.remove()
  return {
    ...metrics,
    /** All metrics in the Prometheus text format; updates the gauges of the list and the keys first. */
    async scrape({ snapshot, keys }: ScrapeInput) {
      setOrRemove(snapshotAge, snapshot.ageMs, 1000)
      setOrRemove(snapshotGroups, snapshot.groups)
      setOrRemove(jwksKeys, keys?.count)
      setOrRemove(jwksAge, keys?.ageMs, 1000)
      return { contentType: registry.contentType, text: await registry.metrics() }
    },
  }
}

export interface ScrapeInput {
  /** The list in memory; both `null` if there is none. */
  readonly snapshot: { readonly ageMs: number | null; readonly groups: number | null }
  /** `null` outside `jwt` mode. */
  readonly keys: Pick<KeyStatus, 'count' | 'ageMs'> | null
}

function setOrRemove(gauge: Gauge, value: number | null | undefined, divisor = 1): void {
  if (value == null) gauge.remove()
  else gauge.set(value / divisor)
}

function defineMetrics(registers: Registry[]) {
  const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Gauge({ name, help, labelNames, registers })
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name, help, labelNames, registers })
  return {
    buildInfo: gauge('face_groups_build_info', 'Always 1; the version of the service and of Node.', 'version', 'node'),
    requestDuration: new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Time from the request headers to the end of the answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    cacheRequests: counter('face_groups_cache_requests_total', 'Requests for the list by cache result.', 'result'),
    refreshes: counter(
      'face_groups_refresh_total',
      'Refreshes of the list by outcome; shared means that another replica made the call.',
      'outcome',
    ),
    snapshotAge: gauge('face_groups_snapshot_age_seconds', 'Age of the list in memory; absent if there is none.'),
    snapshotGroups: gauge(
      'face_groups_snapshot_groups',
      'Number of groups in the list in memory; absent if there is none.',
    ),
    finauthRequestDuration: new Histogram({
      name: 'finauth_request_duration_seconds',
      help: 'Duration of one attempt at the vendor by endpoint and outcome.',
      labelNames: ['endpoint', 'outcome'],
      buckets: [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    finauthClockSkew: gauge('finauth_clock_skew_seconds', 'The vendor’s clock minus ours, as last measured.'),
    finauthCredentialsInUse: gauge(
      'finauth_credentials_in_use',
      '1 for the credentials in use, 0 for the others.',
      'slot',
    ),
    finauthContractDrift: counter(
      'finauth_contract_drift_total',
      'Deviations of the vendor’s answers from its documentation, by kind.',
      'kind',
    ),
    redisUp: gauge('redis_up', '1 while Redis is connected, otherwise 0; absent if none is configured.'),
    redisOperationDuration: new Histogram({
      name: 'redis_operation_duration_seconds',
      help: 'Duration of one Redis operation by outcome.',
      labelNames: ['operation', 'outcome'],
      // Small commands end within 0.25 s; a large copy may take many seconds.
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30],
      registers,
    }),
    authFailures: counter(
      'auth_failures_total',
      'Requests refused by authentication or authorization, by reason.',
      'reason',
    ),
    jwksKeys: gauge('jwks_keys', 'Keys that tokens are verified with; absent outside jwt mode.'),
    jwksAge: gauge('jwks_age_seconds', 'Time since the token keys were last loaded; absent if they never were.'),
    rateLimited: counter('rate_limited_total', 'Requests refused by the rate limit.'),
  }
}
