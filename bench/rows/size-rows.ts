import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { askUntil } from '../ask.js'
import { type Effort, median, type Row, type Target } from '../row.js'
import { startBenchEnvironment, type ServiceProcess, type BenchEnvironment } from '../bench-environment.js'
import { steadily, whileTroubled } from '../steady.js'
import { load } from '../throughput.js'

export const phaseSeconds = 4

/** Costs of a list of one size while it is refreshed continuously, each time with changes. */
export interface SizeMeasurement {
  readonly libraries: number
  /** For the first page, without refreshes. */
  readonly requestsPerCpuSecond: number
  readonly quietP99Ms: number
  readonly refreshingP99Ms: number
  /** Median over rounds of the ratio within the same round. */
  readonly p99Ratio: number
  /** In CPU time of the event loop's thread. */
  readonly longestPauseMs: number
  /** Maximum resident memory of the process. */
  readonly residentMb: number
  readonly refreshes: number
}

const sizes = [100, 1000, 10_000, 100_000]
const measured = new Map<number, Promise<SizeMeasurement>>()

/** The design size, and ten times as much. */
export const sizeRows: readonly Row[] = [
  sizeRow('10,000 libraries: p99 while refreshing, against quiet', atMost(2, 1.2, '×'), 10_000, 'p99Ratio'),
  sizeRow('10,000 libraries: longest event-loop pause', atMost(50, 20, 'ms'), 10_000, 'longestPauseMs'),
  sizeRow('10,000 libraries: resident memory', atMost(180, 150, 'MB'), 10_000, 'residentMb'),
  sizeRow('100,000 libraries: longest event-loop pause', atMost(300, 120, 'ms'), 100_000, 'longestPauseMs'),
  sizeRow('100,000 libraries: resident memory', atMost(450, 300, 'MB'), 100_000, 'residentMb'),
]

/** Every size, for the chart; sizes that rows already measured are not measured again. */
export async function measureGrowth(effort: Effort): Promise<SizeMeasurement[]> {
  const growth: SizeMeasurement[] = []
  for (const libraries of sizes) growth.push(await measureOnce(libraries, effort))
  return growth
}

function sizeRow(name: string, target: Target, libraries: number, key: keyof SizeMeasurement): Row {
  return {
    name,
    target,
    needs: ['redis-server', 'wrk'],
    async measure(_stand, effort) {
      const size = await measureOnce(libraries, effort)
      return { value: size[key], detail: { ...size } }
    },
  }
}

function atMost(floor: number, goal: number, unit: Target['unit']): Target {
  return { kind: 'at most', floor, goal, unit }
}

function measureOnce(libraries: number, effort: Effort): Promise<SizeMeasurement> {
  const known = measured.get(libraries) ?? measureSize(libraries, effort)
  measured.set(libraries, known)
  return known
}

async function measureSize(libraries: number, { rounds, seconds }: Effort): Promise<SizeMeasurement> {
  const bench = await startBenchEnvironment()
  try {
    const vendor = await bench.startVendor(libraries)
    const redis = await bench.startRedis()
    const pausesFile = join(bench.directory, 'pauses')
    const service = await warm(bench, {
      FINAUTH_BASE_URL: `http://127.0.0.1:${vendor.port}`,
      REDIS_URL: `redis://127.0.0.1:${redis.port}`,
      CACHE_TTL_SECONDS: '3600',
      CACHE_REFRESH_BACKOFF_SECONDS: '1',
      NODE_OPTIONS: `--import=${resolve('bench/dist/bench/pause-probe.js')}`,
      PAUSES_FILE: pausesFile,
    })
    const contender = {
      processes: [service],
      url: `http://127.0.0.1:${service.port}/api/face-groups`,
      tokens: bench.tokens,
    }
    await load(contender, seconds)
    const rates: number[] = []
    for (let round = 0; round < rounds; round += 1) rates.push((await load(contender, seconds)).requestsPerCpuSecond)
    let longestPauseMs = 0
    let residentMb = 0
    let refreshes = 0
    const latency = await whileTroubled(
      rounds,
      () => steadily(bench, service, phaseSeconds),
      async (phase) => {
        await takePauses(pausesFile)
        const over = new AbortController()
        void phase.finally(() => over.abort())
        while (!over.signal.aborted) {
          const { isRefreshed, retryAfterSeconds } = await refresh(bench, service)
          if (isRefreshed) refreshes += 1
          residentMb = Math.max(residentMb, (await service.residentBytes()) / 1e6)
          await delay(retryAfterSeconds * 1000)
        }
        longestPauseMs = Math.max(longestPauseMs, ...(await takePauses(pausesFile)))
      },
    )
    if (refreshes === 0) throw new Error('nothing was refreshed')
    return {
      libraries,
      requestsPerCpuSecond: median(rates),
      quietP99Ms: latency.detail.quietP99Ms,
      refreshingP99Ms: latency.detail.p99Ms,
      p99Ratio: latency.value,
      longestPauseMs,
      residentMb,
      refreshes,
    }
  } finally {
    await bench.close()
  }
}

/** Starts the service and waits until its list is in memory. */
export async function warm(
  bench: BenchEnvironment,
  environment: Readonly<Record<string, string>>,
): Promise<ServiceProcess> {
  const service = await bench.startService(environment)
  const authorization = `Bearer ${bench.tokens[0]}`
  await askUntil(`http://127.0.0.1:${service.port}/api/face-groups`, { authorization }, 200)
  return service
}

/** Also returns when the next refresh is allowed; polling for it would be a load of its own. */
async function refresh(bench: BenchEnvironment, { port }: ServiceProcess) {
  const response = await fetch(`http://127.0.0.1:${port}/api/face-groups/refresh`, {
    method: 'POST',
    headers: { authorization: `Bearer ${bench.tokens[0]}` },
  })
  await response.arrayBuffer()
  return {
    isRefreshed: response.status === 200,
    retryAfterSeconds: Number(response.headers.get('retry-after') ?? 1),
  }
}

/** The longest pauses since the last call, in milliseconds of CPU time. */
async function takePauses(file: string): Promise<number[]> {
  const text = await readFile(file, 'utf8').catch(() => '')
  await writeFile(file, '')
  return text.split('\n').filter(Boolean).map(Number)
}
