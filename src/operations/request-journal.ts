import type { RequestRecord } from '../http/request-context.js'
import { type Log, writeLines } from './log.js'
import type { Metrics } from './metrics.js'
import { requestLine } from './request-line.js'

/** Takes down each request that has ended, as a log line and in the metrics. */
export interface RequestJournal {
  readonly note: (record: RequestRecord) => void
  /** Takes down at once what was noted, e.g. before the metrics are read or the process ends. */
  readonly flush: () => void
}

/** Nobody reads a log line sooner, and a process that is killed has lost no more than this. */
const holdMs = 10

/**
 * Takes requests down together, those of a moment at a time: in a loop, with its code and data still in the
 * processor's caches, each costs a fraction of what it costs between two requests (docs/performance.md).
 */
export function createRequestJournal({ log, metrics }: { log: Log; metrics: Metrics }): RequestJournal {
  let noted: RequestRecord[] = []
  let timer: NodeJS.Timeout | undefined

  function flush(): void {
    clearTimeout(timer)
    const records = noted
    noted = []
    let lines = ''
    for (const record of records) {
      count(record, metrics)
      lines += requestLine(record, log)
    }
    if (lines !== '') writeLines(log, lines)
  }

  return {
    note: (record) => {
      if (noted.length === 0) timer = setTimeout(flush, holdMs)
      noted.push(record)
    },
    flush,
  }
}

function count({ method, route, status, durationSeconds, cache }: RequestRecord, metrics: Metrics): void {
  metrics.httpRequestDuration.observe({ method, route, status }, durationSeconds)
  if (cache !== undefined) metrics.cacheRequests.inc({ result: cache })
}
