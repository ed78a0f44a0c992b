import type { Histogram, Registry } from 'prom-client'
import type { RequestRecord } from '../http/request-context.js'

/** The histogram `http_request_duration_seconds`, by method, route and status. */
export interface RequestDurations {
  observe(request: Pick<RequestRecord, 'method' | 'route' | 'status' | 'durationSeconds'>): void
}

interface Series {
  readonly method: string
  readonly route: string
  readonly status: number
  /** How many took at most the bound at the same index, and longer than the one before; last, those beyond all. */
  readonly counts: Float64Array
  sum: number
}

const name = 'http_request_duration_seconds'
const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/**
 * Counts by itself and tells the registry when it is read: the library's own histogram checks and hashes the labels
 * for each observation, which took as long as the whole access line (docs/performance.md).
 */
export function createRequestDurations(registry: Registry): RequestDurations {
  const known = new Map<string, Series>()
  let latest: Series | undefined

  function seriesOf({ method, route, status }: Pick<Series, 'method' | 'route' | 'status'>): Series {
    if (latest?.status === status && latest.route === route && latest.method === method) return latest
    const key = `${status} ${method} ${route}`
    const series = known.get(key) ?? { method, route, status, counts: new Float64Array(bounds.length + 1), sum: 0 }
    known.set(key, series)
    return (latest = series)
  }

  const metric: ReadableMetric = {
    name,
    get: async () => ({
      name,
      help: 'Time from the request’s headers to the end of its answer.',
      type: 'histogram',
      aggregator: 'sum',
      values: [...known.values()].flatMap(samplesOf),
    }),
  }
  // All that a registry asks of a metric; its type knows the library's own classes alone.
  registry.registerMetric(metric as unknown as Histogram)

  return {
    observe(request) {
      const series = seriesOf(request)
      let at = 0
      while (at < bounds.length && request.durationSeconds > bounds[at]!) at += 1
      series.counts[at]! += 1
      series.sum += request.durationSeconds
    },
  }
}

interface ReadableMetric {
  readonly name: string
  get(): Promise<object>
}

function samplesOf({ method, route, status, counts, sum }: Series) {
  const labels = { method, route, status }
  let count = 0
  const buckets = Array.from(counts, (added, at) => {
    count += added
    return { metricName: `${name}_bucket`, labels: { le: bounds[at] ?? '+Inf', ...labels }, value: count }
  })
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ]
}
