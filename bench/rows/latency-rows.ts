import type { PinnedProcess } from '../pinned-process.js'
import type { Effort, Measurement, Row, Target } from '../row.js'
import type { ServiceProcess, Stand } from '../stand.js'
import { steadily, whileTroubled } from '../steady.js'
import { phaseSeconds, warm } from './size-rows.js'

const target: Target = { kind: 'at most', floor: 1.5, goal: 1, unit: '×' }

/** What callers notice of a neighbor that is away, with a copy in memory. */
export const latencyRows: readonly Row[] = [
  {
    name: 'p99 while the vendor hangs, against quiet',
    target,
    needs: [],
    async measure(stand, effort) {
      const vendor = await stand.startVendor(100)
      const service = await warm(stand, { FINAUTH_BASE_URL: `http://127.0.0.1:${vendor.port}`, CACHE_TTL_SECONDS: '1' })
      return whileStopped(stand, service, vendor, effort)
    },
  },
  {
    name: 'p99 while Redis is stopped, against quiet',
    target,
    needs: ['redis-server'],
    async measure(stand, effort) {
      const redis = await stand.startRedis()
      const service = await warm(stand, { REDIS_URL: `redis://127.0.0.1:${redis.port}`, CACHE_TTL_SECONDS: '1' })
      return whileStopped(stand, service, redis, effort)
    },
  },
]

function whileStopped(
  stand: Stand,
  service: ServiceProcess,
  neighbor: PinnedProcess,
  { rounds }: Effort,
): Promise<Measurement> {
  return whileTroubled(
    rounds,
    () => steadily(stand, service, phaseSeconds),
    async (phase) => {
      neighbor.signal('SIGSTOP')
      await phase
      neighbor.signal('SIGCONT')
    },
  )
}
