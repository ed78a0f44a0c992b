import type { Histogram } from 'prom-client'
import type { RequestRecord } from '../http/context.js'
import type { Log } from './log.js'
import type { Metrics } from './metrics.js'

export interface AccessLogOptions {
  readonly log: Log
  readonly metrics: Metrics
}

/**
 * Creates the function that logs each ended request and records its metrics. If data was requested, the line is the
 * audit record: who saw what, how many groups, and with what outcome.
 */
export function createAccessLog({ log, metrics }: AccessLogOptions) {
  const known = new Map<string, Series>()

  /**
   * Method, route and status have few values: the child logger and the histogram of each combination are created once.
   */
  function seriesOf(method: string, route: string, status: number): Series {
    const key = `${status} ${method} ${route}`
    let series = known.get(key)
    if (series === undefined) {
      const duration = metrics.requestDuration.labels(method, route, String(status))
      series = { log: log.child({ method, route, status }), duration }
      known.set(key, series)
    }
    return series
  }

  return ({ context, method, route, status, durationMs, clientAddress }: RequestRecord): void => {
    const { requestId, traceId, caller, cache, disclosed, group, problem, reason } = context
    const series = seriesOf(method, route, status)
    series.duration.observe(durationMs / 1000)
    if (cache !== undefined) metrics.cacheRequests.inc({ result: cache })
    if (reason !== undefined) metrics.authFailures.inc({ reason })
    const fields = {
      durationMs: Math.round(durationMs * 1000) / 1000,
      requestId,
      traceId,
      clientAddress,
      subject: caller?.subject,
      cache,
      disclosed,
      group,
      problem,
      reason,
    }
    if (context.isDataAccess) series.log.audit(fields, 'audit')
    else series.log.info(fields, 'request')
  }
}

interface Series {
  readonly log: Log
  readonly duration: Histogram.Internal<string>
}
