import type { Histogram } from 'prom-client'
import type { RequestRecord } from '../http/context.js'
import type { Log } from './log.js'
import type { Metrics } from './metrics.js'

export interface AccessLogOptions {
  readonly log: Log
  readonly metrics: Metrics
  /** Whether lines show the client's address. */
  readonly clientAddress: boolean
}

/**
 * Makes the function that logs each request that has ended, and counts it. Where data was asked for, the line is the
 * audit record: who, what, how many, with what outcome.
 */
export function createAccessLog({ log, metrics, clientAddress: showAddress }: AccessLogOptions) {
  const durations = new Map<string, Histogram.Internal<string>>()

  function durationOf(method: string, route: string, status: number): Histogram.Internal<string> {
    const key = `${method} ${route} ${status}`
    let child = durations.get(key)
    if (child === undefined) {
      child = metrics.requestDuration.labels(method, route, String(status))
      durations.set(key, child)
    }
    return child
  }

  return (record: RequestRecord): void => {
    const { isDataAccess, caller, durationMs, clientAddress, ...rest } = record
    const { method, route, status, cache, reason } = rest
    durationOf(method, route, status).observe(durationMs / 1000)
    if (cache !== undefined) metrics.cacheRequests.inc({ result: cache })
    if (reason !== undefined) metrics.authFailures.inc({ reason })
    const line = {
      ...rest,
      durationMs: Math.round(durationMs * 1000) / 1000,
      subject: caller?.subject,
      clientAddress: showAddress ? clientAddress : undefined,
    }
    if (isDataAccess) log.audit(line, 'audit')
    else log.info(line, 'request')
  }
}
