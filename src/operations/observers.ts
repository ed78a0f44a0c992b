import { driftKinds, type FinAuthEvents } from '../finauth/events.js'
import { refusalReasons } from '../http/authentication/refusals.js'
import { cacheResults, type RequestRecord } from '../http/context.js'
import type { KeyEvents } from '../http/authentication/key-store.js'
import type { SnapshotCacheEvents } from '../snapshot-cache/types.js'
import type { HealthInput } from '../http/health.js'
import { createAccessLog } from './access-log.js'
import type { Log } from './log.js'
import type { Metrics } from './metrics.js'

/** What the modules of the service report, turned into logs, metrics and health. */
export interface Observers {
  readonly finauth: FinAuthEvents
  readonly cache: SnapshotCacheEvents
  readonly keys: KeyEvents
  /** A request that has been answered or given up. */
  readonly requestEnded: (record: RequestRecord) => void
  readonly rateLimited: () => void
  /** `requestId` where a request met it. */
  readonly unexpectedError: (error: unknown, requestId?: string) => void
  /** What was seen so far, for the health report. */
  readonly seen: () => Pick<HealthInput, 'hasStarted' | 'credentialsInUse' | 'clockSkewSeconds' | 'hasDrifted'>
}

export interface ObserversOptions {
  readonly log: Log
  readonly metrics: Metrics
  /** Whether the access log shows the client's address. */
  readonly logClientAddress: boolean
}

export function createObservers({ log, metrics, logClientAddress }: ObserversOptions): Observers {
  startAtZero(metrics)
  const finauth = observeFinAuth(log, metrics)
  const cache = observeCache(log, metrics)
  return {
    finauth: finauth.events,
    seen: () => ({ ...finauth.seen(), hasStarted: cache.hasStarted() }),
    cache: cache.events,
    keys: {
      keysLoaded: (count) => log.info({ count }, 'JWKS loaded'),
      keysFailed: (reason) => log.warn({ reason }, 'JWKS unavailable'),
    },
    rateLimited: () => metrics.rateLimited.inc(),
    requestEnded: createAccessLog({ log, metrics, clientAddress: logClientAddress }),
    unexpectedError: (error, requestId) => log.error({ requestId, error }, 'unexpected error'),
  }
}

/** A series that is not there until its first event would hide that event from `rate()`. */
function startAtZero(metrics: Metrics): void {
  for (const reason of refusalReasons) metrics.authFailures.inc({ reason }, 0)
  for (const kind of driftKinds) metrics.finauthContractDrift.inc({ kind }, 0)
  for (const result of cacheResults) metrics.cacheRequests.inc({ result }, 0)
  for (const outcome of ['succeeded', 'failed', 'superseded', 'shared']) metrics.refreshes.inc({ outcome }, 0)
}

function observeFinAuth(log: Log, metrics: Metrics) {
  let credentialsInUse: 'primary' | 'standby' = 'primary'
  let clockSkewSeconds = 0
  /** By endpoint: the kinds of drift in its last answer, and those logged. */
  const driftsInAnswer = new Map<string, Set<string>>()
  const driftsLogged = new Map<string, Set<string>>()
  /** What was last said of each pair of credentials, so that it is said once. */
  const complaints = new Map<string, string>()
  const complain = (slot: string, complaint: string): void => {
    if (complaints.get(slot) !== complaint) log.error({ slot }, complaint)
    complaints.set(slot, complaint)
  }
  metrics.finauthCredentialsInUse.set({ slot: 'primary' }, 1)
  metrics.finauthCredentialsInUse.set({ slot: 'standby' }, 0)

  const events: FinAuthEvents = {
    attemptEnded({ endpoint, outcome, durationMs }) {
      metrics.finauthRequestDuration.observe({ endpoint, outcome }, durationMs / 1000)
      // Comes before the drifts of the same answer: what is in the set then belongs to the answer before.
      driftsLogged.set(endpoint, driftsInAnswer.get(endpoint) ?? new Set())
      driftsInAnswer.set(endpoint, new Set())
    },
    clockSkewMeasured(seconds) {
      clockSkewSeconds = seconds
      metrics.finauthClockSkew.set(seconds)
    },
    credentialsInUse(slot) {
      metrics.finauthCredentialsInUse.set({ slot: 'primary' }, slot === 'primary' ? 1 : 0)
      metrics.finauthCredentialsInUse.set({ slot: 'standby' }, slot === 'standby' ? 1 : 0)
      if (slot !== credentialsInUse) log.warn({ slot }, 'other credentials sign from now on')
      complaints.delete(slot)
      credentialsInUse = slot
    },
    credentialsRejected: (slot) => complain(slot, 'the vendor rejects these credentials'),
    credentialsUnreadable: (slot) => complain(slot, 'a file of these credentials cannot be read'),
    contractDrift({ endpoint, kind, count, detail }) {
      metrics.finauthContractDrift.inc({ kind }, count)
      driftsInAnswer.get(endpoint)?.add(kind)
      if (driftsLogged.get(endpoint)?.has(kind)) return
      driftsLogged.get(endpoint)?.add(kind)
      log.warn({ endpoint, kind, count, detail }, 'the vendor’s answer is not as documented')
    },
  }
  const seen = () => ({
    credentialsInUse,
    clockSkewSeconds,
    hasDrifted: [...driftsInAnswer.values()].some((kinds) => kinds.size > 0),
  })
  return { events, seen }
}

function observeCache(log: Log, metrics: Metrics): { events: SnapshotCacheEvents; hasStarted: () => boolean } {
  let failing: string | null = null
  let hasStarted = false
  const events: SnapshotCacheEvents = {
    refreshed(outcome, { code, durationMs }) {
      metrics.refreshes.inc({ outcome })
      hasStarted ||= outcome === 'succeeded' || outcome === 'shared'
      if (outcome === 'failed') {
        const line = { code, durationMs: Math.round(durationMs) }
        // Only a refusal needs a person; whatever else fails may heal, and the rest is for the alert rules.
        const level = code === 'upstream_rejected' ? 'error' : 'warn'
        if (failing !== code) log[level](line, 'refresh failed')
        failing = code ?? 'unknown'
      } else if (failing !== null && outcome !== 'superseded') {
        log.info({ outcome }, 'refresh succeeded again')
        failing = null
      }
    },
    storeChanged(up, reason) {
      metrics.redisUp.set(up ? 1 : 0)
      if (up) log.info('Redis connected')
      else log.warn({ reason }, 'Redis unavailable')
    },
    storeOperation(operation, outcome, durationMs) {
      metrics.redisOperationDuration.observe({ operation, outcome }, durationMs / 1000)
    },
    unusableEntry: (reason) => log.warn({ reason }, 'copy in Redis unusable'),
  }
  return { events, hasStarted: () => hasStarted }
}
