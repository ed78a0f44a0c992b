import { type CacheResult, cacheResults, type RequestRecord } from '../http/request-context.js'
import { createLineWriter, type Log } from './log.js'
import type { Metrics } from './metrics.js'
import { createRequestLine } from './request-line.js'

/** Takes down each request that has ended, as a log line and in the metrics. */
export interface RequestJournal {
  readonly note: (record: RequestRecord) => void
  /** Writes and counts at once what was noted, e.g. before the metrics are read or the process ends. */
  readonly flush: () => void
}

/** Nobody reads a log line sooner, and a process that is killed has lost no more than this. */
const holdMs = 10

/**
 * Keeps nothing of a request but its line's bytes and its counts, which are written and told to the registry together
 * with those of the same moment. Records that are kept until then cost the garbage collector more than all the rest
 * (docs/performance.md).
 */
export function createRequestJournal({ log, metrics }: { log: Log; metrics: Metrics }): RequestJournal {
  const lineOf = createRequestLine(log)
  const lines = createLineWriter(log)
  const answered: Record<CacheResult, number> = { fresh: 0, stale: 0, miss: 0, error: 0 }
  let timer: NodeJS.Timeout | null = null

  function flush(): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
    for (const result of cacheResults) {
      metrics.cacheRequests.inc({ result }, answered[result])
      answered[result] = 0
    }
    lines.flush()
  }

  return {
    note(record) {
      timer ??= setTimeout(flush, holdMs)
      metrics.requestDurations.observe(record)
      if (record.cache !== undefined) answered[record.cache] += 1
      lines.add(lineOf(record))
    },
    flush,
  }
}
