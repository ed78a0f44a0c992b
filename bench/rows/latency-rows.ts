import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { askUntil } from '../ask.js'
import type { Effort, Measurement, Row } from '../row.js'
import type { ServiceProcess, Stand } from '../stand.js'
import { steadily, whileTroubled } from '../steady.js'

const manyLibraries = 100_000
export const phaseSeconds = 4

/** What callers notice when something happens behind the list. */
export const latencyRows: readonly Row[] = [
  {
    name: 'p99 while 100 000 libraries are refreshed, against p99 without',
    goal: { kind: 'at most', value: 2, unit: '×' },
    needs: ['redis-server'],
    measure: async (stand, effort) => (await whileRefreshing(stand, effort)).latency,
  },
  {
    name: 'longest stall of the event loop while 100 000 libraries are refreshed, in CPU time',
    goal: { kind: 'at most', value: 20, unit: 'ms' },
    needs: ['redis-server'],
    measure: async (stand, effort) => (await whileRefreshing(stand, effort)).stall,
  },
  {
    name: 'p99 while the vendor hangs, against p99 without (warm copy)',
    goal: { kind: 'at most', value: 1.5, unit: '×' },
    needs: [],
    async measure(stand, { rounds }) {
      const vendor = await stand.startVendor(100)
      const service = await warm(stand, { FINAUTH_BASE_URL: `http://127.0.0.1:${vendor.port}`, CACHE_TTL_SECONDS: '1' })
      return whileTroubled(
        rounds,
        () => steadily(stand, service, phaseSeconds),
        async (phase) => {
          vendor.signal('SIGSTOP')
          await phase
          vendor.signal('SIGCONT')
        },
      )
    },
  },
  {
    name: 'p99 while Redis is stopped, against p99 without (warm copy)',
    goal: { kind: 'at most', value: 1.5, unit: '×' },
    needs: ['redis-server'],
    async measure(stand, { rounds }) {
      const redis = await stand.startRedis()
      const service = await warm(stand, { REDIS_URL: `redis://127.0.0.1:${redis.port}`, CACHE_TTL_SECONDS: '1' })
      return whileTroubled(
        rounds,
        () => steadily(stand, service, phaseSeconds),
        async (phase) => {
          redis.signal('SIGSTOP')
          await phase
          redis.signal('SIGCONT')
        },
      )
    },
  },
]

/** Refreshes come as fast as they are admitted, and each brings a change. */
async function whileRefreshing(
  stand: Stand,
  { rounds }: Effort,
): Promise<{ latency: Measurement; stall: Measurement }> {
  const vendor = await stand.startVendor(manyLibraries)
  const redis = await stand.startRedis()
  const turnsFile = join(stand.directory, 'turns')
  const service = await warm(stand, {
    FINAUTH_BASE_URL: `http://127.0.0.1:${vendor.port}`,
    REDIS_URL: `redis://127.0.0.1:${redis.port}`,
    CACHE_TTL_SECONDS: '3600',
    CACHE_REFRESH_BACKOFF_SECONDS: '1',
    NODE_OPTIONS: `--import=${resolve('bench/dist/bench/turn-probe.js')}`,
    TURNS_FILE: turnsFile,
  })
  const stalls: number[] = []
  let refreshes = 0
  const latency = await whileTroubled(
    rounds,
    () => steadily(stand, service, phaseSeconds),
    async (phase) => {
      await takeTurns(turnsFile)
      const over = new AbortController()
      void phase.finally(() => over.abort())
      while (!over.signal.aborted) refreshes += (await refresh(stand, service)) === 200 ? 1 : 0
      stalls.push(Math.max(0, ...(await takeTurns(turnsFile))))
    },
  )
  if (refreshes === 0) throw new Error('nothing was refreshed')
  const detail = { ...latency.detail, refreshes }
  return { latency: { ...latency, detail }, stall: { value: Math.max(...stalls), detail } }
}

async function warm(stand: Stand, environment: Readonly<Record<string, string>>): Promise<ServiceProcess> {
  const service = await stand.startService(environment)
  const authorization = `Bearer ${stand.tokens[0]}`
  await askUntil(`http://127.0.0.1:${service.port}/api/face-groups`, { authorization }, 200)
  return service
}

export async function refresh(stand: Stand, { port }: ServiceProcess): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/api/face-groups/refresh`, {
    method: 'POST',
    headers: { authorization: `Bearer ${stand.tokens[0]}` },
  })
  await response.arrayBuffer()
  return response.status
}

/** The longest turns of the event loop so far, in milliseconds of its thread's CPU time; the list begins anew. */
async function takeTurns(file: string): Promise<number[]> {
  const text = await readFile(file, 'utf8').catch(() => '')
  await writeFile(file, '')
  return text.split('\n').filter(Boolean).map(Number)
}
