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
      setOrRemove(snapshotAge, inSeconds(snapshot.ageMs))
      setOrRemove(snapshotGroups, snapshot.groups)
      setOrRemove(jwksKeys, keys?.count ?? null)
      setOrRemove(jwksAge, inSeconds(keys?.ageMs ?? null))
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

function setOrRemove(gauge: Gauge, value: number | null): void {
  if (value === null) gauge.remove()
  else gauge.set(value)
}

function inSeconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000
}

function defineMetrics(registers: Registry[]) {
  return {
    buildInfo: new Gauge({
      name: 'face_groups_build_info',
      help: 'Always 1; the version of the service and of Node.',
      labelNames: ['version', 'node'],
      registers,
    }),
    requestDuration: new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Time from the request headers to the end of the answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    cacheRequests: new Counter({
      name: 'face_groups_cache_requests_total',
      help: 'Requests for the list by cache result.',
      labelNames: ['result'],
      registers,
    }),
    refreshes: new Counter({
      name: 'face_groups_refresh_total',
      help: 'Refreshes of the list by outcome; shared means that another replica made the call.',
      labelNames: ['outcome'],
      registers,
    }),
    snapshotAge: new Gauge({
      name: 'face_groups_snapshot_age_seconds',
      help: 'Age of the list in memory; absent if there is none.',
      registers,
    }),
    snapshotGroups: new Gauge({
      name: 'face_groups_snapshot_groups',
      help: 'Number of groups in the list in memory; absent if there is none.',
      registers,
    }),
    finauthRequestDuration: new Histogram({
      name: 'finauth_request_duration_seconds',
      help: 'Duration of one attempt at the vendor by endpoint and outcome.',
      labelNames: ['endpoint', 'outcome'],
      buckets: [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    finauthClockSkew: new Gauge({
      name: 'finauth_clock_skew_seconds',
      help: 'The vendor’s clock minus ours, as last measured.',
      registers,
    }),
    finauthCredentialsInUse: new Gauge({
      name: 'finauth_credentials_in_use',
      help: '1 for the credentials in use, 0 for the others.',
      labelNames: ['slot'],
      registers,
    }),
    finauthContractDrift: new Counter({
      name: 'finauth_contract_drift_total',
      help: 'Deviations of the vendor’s answers from its documentation, by kind.',
      labelNames: ['kind'],
      registers,
    }),
    redisUp: new Gauge({
      name: 'redis_up',
      help: '1 while Redis is connected, otherwise 0; absent if none is configured.',
      registers,
    }),
    redisOperationDuration: new Histogram({
      name: 'redis_operation_duration_seconds',
      help: 'Duration of one Redis operation by outcome.',
      labelNames: ['operation', 'outcome'],
      // Small commands end within 0.25 s; a large copy may take many seconds.
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30],
      registers,
    }),
    authFailures: new Counter({
      name: 'auth_failures_total',
      help: 'Requests refused by authentication or authorization, by reason.',
      labelNames: ['reason'],
      registers,
    }),
    jwksKeys: new Gauge({
      name: 'jwks_keys',
      help: 'Keys that tokens are verified with; absent outside jwt mode.',
      registers,
    }),
    jwksAge: new Gauge({
      name: 'jwks_age_seconds',
      help: 'Time since the token keys were last loaded; absent if they never were.',
      registers,
    }),
    rateLimited: new Counter({
      name: 'rate_limited_total',
      help: 'Requests refused by the rate limit.',
      registers,
    }),
  }
}
