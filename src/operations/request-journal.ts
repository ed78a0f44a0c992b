import { type CacheResult, cacheResults, type RequestRecord } from '../http/request-context.js'
import { type Log, writeLines } from './log.js'
import type { Metrics } from './metrics.js'
import { createRequestLine } from './request-line.js'

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
  const lineOf = createRequestLine(log)
  let noted: RequestRecord[] = []
  let timer: NodeJS.Timeout | undefined

  function flush(): void {
    clearTimeout(timer)
    const records = noted
    noted = []
    const answered: Record<CacheResult, number> = { fresh: 0, stale: 0, miss: 0, error: 0 }
    let lines = ''
    for (const record of records) {
      metrics.requestDurations.observe(record)
      if (record.cache !== undefined) answered[record.cache] += 1
      lines += lineOf(record)
    }
    for (const result of cacheResults) metrics.cacheRequests.inc({ result }, answered[result])
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
