import type { PinnedProcess } from '../pinned-process.js'
import type { Effort, Measurement, Row, Target } from '../row.js'
import type { ServiceProcess, BenchEnvironment } from '../bench-environment.js'
import { steadily, whileTroubled } from '../steady.js'
import { phaseSeconds, warm } from './size-rows.js'

const target: Target = { kind: 'at most', floor: 1.5, goal: 1, unit: '×' }

/** Latency of requests with a copy in memory while a dependency hangs. */
export const latencyRows: readonly Row[] = [
  {
    name: 'p99 while the vendor hangs, against quiet',
    target,
    needs: [],
    async measure(bench, effort) {
      const vendor = await bench.startVendor(100)
      const service = await warm(bench, { FINAUTH_BASE_URL: `http://127.0.0.1:${vendor.port}`, CACHE_TTL_SECONDS: '1' })
      return whileStopped(bench, service, vendor, effort)
    },
  },
  {
    name: 'p99 while Redis is stopped, against quiet',
    target,
    needs: ['redis-server'],
    async measure(bench, effort) {
      const redis = await bench.startRedis()
      const service = await warm(bench, { REDIS_URL: `redis://127.0.0.1:${redis.port}`, CACHE_TTL_SECONDS: '1' })
      return whileStopped(bench, service, redis, effort)
    },
  },
]

function whileStopped(
  bench: BenchEnvironment,
  service: ServiceProcess,
  neighbor: PinnedProcess,
  { rounds }: Effort,
): Promise<Measurement> {
  return whileTroubled(
    rounds,
    () => steadily(bench, service, phaseSeconds),
    async (phase) => {
      neighbor.signal('SIGSTOP')
      await phase
      neighbor.signal('SIGCONT')
    },
  )
}
