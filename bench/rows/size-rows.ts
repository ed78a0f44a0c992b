import { askUntil } from '../ask.js'
import { type Effort, type Measurement, median, type Row } from '../row.js'
import type { ServiceProcess, Stand } from '../stand.js'
import { steadily } from '../steady.js'
import { acrossStarts, compare } from '../throughput.js'
import { phaseSeconds, refresh } from './latency-rows.js'

const manyLibraries = 100_000
const fewLibraries = 100

/** What a long list costs. */
export const sizeRows: readonly Row[] = [
  {
    name: 'time for the first page of 100 out of 100 000, against out of 100',
    goal: { kind: 'at most', value: 1.1, unit: '×' },
    needs: ['wrk'],
    measure: (stand, effort) => pageTime(stand, effort, ''),
  },
  {
    name: 'time for a filtered and sorted first page out of 100 000, repeated, against out of 100 unfiltered',
    goal: { kind: 'at most', value: 1.1, unit: '×' },
    needs: ['wrk'],
    measure: (stand, effort) => pageTime(stand, effort, '?q=berlin&sort=-name'),
  },
  {
    name: 'resident memory with 100 000 libraries, under load and refreshes that change them',
    goal: { kind: 'at most', value: 200, unit: 'MB' },
    needs: ['redis-server'],
    async measure(stand, { rounds }) {
      const redis = await stand.startRedis()
      const service = await withLibraries(stand, manyLibraries, {
        REDIS_URL: `redis://127.0.0.1:${redis.port}`,
        CACHE_REFRESH_BACKOFF_SECONDS: '1',
      })
      const megabytes: number[] = []
      for (let round = 0; round < rounds; round += 1) {
        const over = new AbortController()
        const phase = steadily(stand, service, phaseSeconds).finally(() => over.abort())
        while (!over.signal.aborted) {
          if ((await refresh(stand, service)) === 200) megabytes.push((await service.residentBytes()) / 1e6)
        }
        await phase
      }
      const third = Math.ceil(megabytes.length / 3)
      const usual = { early: median(megabytes.slice(0, third)), late: median(megabytes.slice(-third)) }
      return { value: Math.max(...megabytes), detail: { ...usual, refreshes: megabytes.length } }
    },
  },
]

async function pageTime(stand: Stand, effort: Effort, search: string): Promise<Measurement> {
  const start = async () => {
    const services = [await withLibraries(stand, fewLibraries), await withLibraries(stand, manyLibraries)]
    return services.map((service, at) => ({
      processes: [service],
      url: `http://127.0.0.1:${service.port}/api/face-groups${at === 0 ? '' : search}`,
      tokens: stand.tokens,
    }))
  }
  const [few = [], many = []] = await acrossStarts(stand, start, effort)
  return compare(few, many)
}

async function withLibraries(
  stand: Stand,
  libraries: number,
  environment: Readonly<Record<string, string>> = {},
): Promise<ServiceProcess> {
  const vendor = await stand.startVendor(libraries)
  const service = await stand.startService({
    FINAUTH_BASE_URL: `http://127.0.0.1:${vendor.port}`,
    CACHE_TTL_SECONDS: '3600',
    ...environment,
  })
  const authorization = `Bearer ${stand.tokens[0]}`
  await askUntil(`http://127.0.0.1:${service.port}/api/face-groups`, { authorization }, 200)
  return service
}
