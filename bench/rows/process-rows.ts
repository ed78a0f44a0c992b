import { askUntil } from '../ask.js'
import { loadCore, type PinnedProcess, serverCore } from '../pinned-process.js'
import { median, type Row } from '../row.js'
import { wrk } from '../wrk.js'

/** What a process and what several of them come to. */
export const processRows: readonly Row[] = [
  {
    name: 'start to the first 200 with a copy in Redis',
    goal: { kind: 'at most', value: 400, unit: 'ms' },
    needs: ['redis-server'],
    async measure(stand, { rounds }) {
      const redis = await stand.startRedis()
      const environment = { REDIS_URL: `redis://127.0.0.1:${redis.port}` }
      const authorization = `Bearer ${stand.tokens[0]}`
      const times: number[] = []
      for (let round = 0; round <= rounds; round += 1) {
        const startedAt = performance.now()
        const service = await stand.startService(environment)
        await askUntil(`http://127.0.0.1:${service.port}/api/face-groups`, { authorization }, 200)
        // The first leaves the copy there.
        if (round > 0) times.push(performance.now() - startedAt)
        await stand.stopProcess(service)
      }
      return { value: median(times), detail: { fastest: Math.min(...times), slowest: Math.max(...times) } }
    },
  },
  {
    name: 'two processes on two cores, against one',
    goal: { kind: 'at least', value: 1.8, unit: '×' },
    needs: ['wrk', 'redis-server'],
    cores: 4,
    async measure(stand, { rounds, seconds }) {
      const services = [
        await stand.startService({}, serverCore),
        await stand.startService({}, String(Number(loadCore) + 1)),
      ]
      const loads = [loadCore, String(Number(loadCore) + 2)]
      async function perSecond(among: readonly PinnedProcess[]): Promise<number> {
        const each = await Promise.all(
          among.map(({ port }, at) => {
            const url = `http://127.0.0.1:${port}/api/face-groups`
            return wrk({ url, tokens: stand.tokens, seconds, core: loads[at]! })
          }),
        )
        return each.reduce((sum, { requests, seconds: measured }) => sum + requests / measured, 0)
      }
      const ratios: number[] = []
      await perSecond(services)
      for (let round = 0; round < rounds; round += 1) {
        const one = await perSecond(services.slice(0, 1))
        ratios.push((await perSecond(services)) / one)
      }
      return { value: median(ratios), detail: { rounds } }
    },
  },
]
