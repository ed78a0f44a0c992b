import { askUntil } from '../ask.js'
import { median, type Row } from '../row.js'

/** Costs of a process before it serves. */
export const processRows: readonly Row[] = [
  {
    name: 'start to the first 200 with a copy in Redis',
    target: { kind: 'at most', floor: 500, goal: 350, unit: 'ms' },
    needs: ['redis-server'],
    async measure(bench, { rounds }) {
      const redis = await bench.startRedis()
      const environment = { REDIS_URL: `redis://127.0.0.1:${redis.port}` }
      const authorization = `Bearer ${bench.tokens[0]}`
      const times: number[] = []
      for (let round = 0; round <= rounds; round += 1) {
        const startedAt = performance.now()
        const service = await bench.startService(environment)
        await askUntil(`http://127.0.0.1:${service.port}/api/face-groups`, { authorization }, 200)
        // The first start leaves the copy in Redis.
        if (round > 0) times.push(performance.now() - startedAt)
        await bench.stopProcess(service)
      }
      return { value: median(times), detail: { fastest: Math.min(...times), slowest: Math.max(...times) } }
    },
  },
]
