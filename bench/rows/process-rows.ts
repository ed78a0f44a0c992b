import { askUntil } from '../ask.js'
import { loadCore, serverCore } from '../pinned-process.js'
import { median, type Row } from '../row.js'
import { type Contender, load } from '../throughput.js'

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
    needs: ['wrk'],
    async measure(stand, { rounds, seconds }) {
      // The load for each comes from the other's core, which is no matter where requests per CPU second count.
      const cores = [serverCore, loadCore]
      const services = await Promise.all(cores.map((core) => stand.startService({}, core)))
      const contenders = services.map((service, at): Contender => {
        const url = `http://127.0.0.1:${service.port}/api/face-groups`
        return { processes: [service], url, tokens: stand.tokens, core: cores[1 - at]! }
      })
      const perCpuSecond = async (among: readonly Contender[]) => {
        const each = await Promise.all(among.map((contender) => load(contender, seconds)))
        return each.reduce((sum, { requestsPerCpuSecond }) => sum + requestsPerCpuSecond, 0)
      }
      const ratios: number[] = []
      await perCpuSecond(contenders)
      for (let round = 0; round < rounds; round += 1) {
        const one = await perCpuSecond(contenders.slice(0, 1))
        ratios.push((await perCpuSecond(contenders)) / one)
      }
      return { value: median(ratios), detail: { least: Math.min(...ratios), most: Math.max(...ratios) } }
    },
  },
]
