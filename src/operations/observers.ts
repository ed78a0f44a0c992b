import { driftKinds } from '../finauth/answer.js'
import type { FinAuthEvents } from '../finauth/client.js'
import { refusalReasons } from '../http/authentication/refusals.js'
import { cacheResults } from '../http/context.js'
import type { KeyEvents } from '../http/authentication/key-store.js'
import type { SnapshotCacheEvents } from '../snapshot-cache/types.js'
import { createAccessLog } from './access-log.js'
import type { Log } from './log.js'
import type { Metrics } from './metrics.js'

export interface ObserversOptions {
  readonly log: Log
  readonly metrics: Metrics
}

export type Observers = ReturnType<typeof createObservers>

/** Turns the events of the modules into logs, metrics and health. */
export function createObservers({ log, metrics }: ObserversOptions) {
  startAtZero(metrics)
  const finauth = observeFinAuth(log, metrics)
  const cache = observeCache(log, metrics)
  const keys: KeyEvents = {
    keysLoaded: (count) => log.info({ count }, 'JWKS loaded'),
    keysFailed: (reason) => log.warn({ reason }, 'JWKS unavailable'),
  }
  return {
    finauth: finauth.events,
    cache: cache.events,
    keys,
    /** Observations for the health report. */
    seen: () => ({ ...finauth.seen(), hasStarted: cache.hasStarted() }),
    rateLimited: () => metrics.rateLimited.inc(),
    /** A request that was answered or aborted. */
    requestEnded: createAccessLog({ log, metrics }),
    /** `requestId` if the error occurred in a request. */
    unexpectedError: (error: unknown, requestId?: string) => log.error({ requestId, error }, 'unexpected error'),
  }
}

/** Without an initial 0 the first event of a series would be invisible to `rate()`. */
function startAtZero(metrics: Metrics): void {
  for (const reason of refusalReasons) metrics.authFailures.inc({ reason }, 0)
  for (const kind of driftKinds) metrics.finauthContractDrift.inc({ kind }, 0)
  for (const result of cacheResults) metrics.cacheRequests.inc({ result }, 0)
  for (const outcome of ['succeeded', 'failed', 'superseded', 'shared']) metrics.refreshes.inc({ outcome }, 0)
}

function observeFinAuth(log: Log, metrics: Metrics) {
  let credentialsInUse: 'primary' | 'standby' = 'primary'
  let clockSkewSeconds = 0
  /** By endpoint: the kinds of drift in its last answer, and those already logged. */
  const driftsInAnswer = new Map<string, Set<string>>()
  const driftsLogged = new Map<string, Set<string>>()
  /** The last message of each pair of credentials; the same message is not logged twice in a row. */
  const lastMessages = new Map<string, string>()
  const logOnce = (slot: string, message: string): void => {
    if (lastMessages.get(slot) !== message) log.error({ slot }, message)
    lastMessages.set(slot, message)
  }
  const showInUse = (inUse: 'primary' | 'standby'): void => {
    for (const slot of ['primary', 'standby']) metrics.finauthCredentialsInUse.set({ slot }, slot === inUse ? 1 : 0)
  }
  showInUse(credentialsInUse)

  const events: FinAuthEvents = {
    attemptEnded({ endpoint, outcome, durationMs }) {
      metrics.finauthRequestDuration.observe({ endpoint, outcome }, durationMs / 1000)
      // Called before the drifts of the same answer, so the set still contains those of the previous answer.
      driftsLogged.set(endpoint, driftsInAnswer.get(endpoint) ?? new Set())
      driftsInAnswer.set(endpoint, new Set())
    },
    clockSkewMeasured(seconds) {
      clockSkewSeconds = seconds
      metrics.finauthClockSkew.set(seconds)
    },
    credentialsInUse(slot) {
      showInUse(slot)
      if (slot !== credentialsInUse)
        log.warn({ slot }, slot === 'primary' ? 'using primary credentials' : 'using standby credentials')
      lastMessages.delete(slot)
      credentialsInUse = slot
    },
    credentialsRejected: (slot) => logOnce(slot, 'credentials rejected'),
    credentialsUnreadable: (slot) => logOnce(slot, 'credentials file unreadable'),
    contractDrift({ endpoint, kind, count, detail }) {
      metrics.finauthContractDrift.inc({ kind }, count)
      driftsInAnswer.get(endpoint)?.add(kind)
      if (driftsLogged.get(endpoint)?.has(kind)) return
      driftsLogged.get(endpoint)?.add(kind)
      log.warn({ endpoint, kind, count, detail }, 'contract drift')
    },
  }
  const seen = () => ({
    credentialsInUse,
    clockSkewSeconds,
    hasDrifted: [...driftsInAnswer.values()].some((kinds) => kinds.size > 0),
  })
  return { events, seen }
}

function observeCache(log: Log, metrics: Metrics) {
  let failing: string | null = null
  let hasStarted = false
  const events: SnapshotCacheEvents = {
    refreshed(outcome, { code, durationMs }) {
      metrics.refreshes.inc({ outcome })
      hasStarted ||= outcome === 'succeeded' || outcome === 'shared'
      if (outcome === 'failed') {
        const line = { code, durationMs: Math.round(durationMs) }
        // Only a rejection needs a person; other failures may recover, and alert rules cover the rest.
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
