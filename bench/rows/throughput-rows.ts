import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { askUntil, type RawAnswer } from '../ask.js'
import type { PinnedProcess } from '../pinned-process.js'
import type { Effort, Measurement, Row } from '../row.js'
import type { BenchEnvironment } from '../bench-environment.js'
import { acrossStarts, compare, type Contender } from '../throughput.js'
import { startNginx } from '../peers/nginx.js'

const path = '/api/face-groups'

/** The list with all features on, against peers that answer the same bytes. */
export const throughputRows: readonly Row[] = [
  {
    name: 'list, against bare node:http with the same bytes and headers',
    target: { kind: 'at least', floor: 0.6, goal: 0.8, unit: '×' },
    needs: ['wrk'],
    measure: (bench, effort) => against(bench, effort, (answer) => startConstant(bench, 'bare-node', answer)),
  },
  {
    name: '304, against bare node:http answering 304',
    target: { kind: 'at least', floor: 0.6, goal: 0.8, unit: '×' },
    needs: ['wrk'],
    measure: (bench, effort) =>
      race(bench, effort, async () => {
        const service = await bench.startService()
        const etag = valueOf(await listOf(bench, service), 'ETag')
        const headers = { 'if-none-match': etag }
        const answer = await askUntil(url(service), { authorization: `Bearer ${bench.tokens[0]}`, ...headers }, 304)
        return { ours: [service], theirs: await startConstant(bench, 'bare-node', answer), headers }
      }),
  },
  {
    name: 'list, against Express with helmet, pino-http, jwtVerify, Redis GET and res.json',
    target: { kind: 'at least', floor: 4, goal: 6, unit: '×' },
    needs: ['wrk', 'redis-server'],
    measure: (bench, effort) => against(bench, effort, (answer) => startBff(bench, 'express-bff', answer)),
  },
  {
    name: 'list, against Fastify with jwtVerify and Redis GET',
    target: { kind: 'at least', floor: 2.2, goal: 3, unit: '×' },
    needs: ['wrk', 'redis-server'],
    measure: (bench, effort) => against(bench, effort, (answer) => startBff(bench, 'fastify-bff', answer)),
  },
  {
    name: 'list, against nginx proxy_cache and auth_request to a Node token check, on the same core',
    target: { kind: 'at least', floor: 8, goal: 10, unit: '×' },
    needs: ['wrk', 'nginx'],
    measure: (bench, effort) =>
      against(bench, effort, async (answer) => {
        const origin = await startConstant(bench, 'bare-node', answer)
        const tokenCheck = await bench.startPeer('token-check', bench.tokenEnvironment)
        const nginx = await startNginx(bench, { origin: origin[0]!.port, tokenCheck: tokenCheck.port })
        return [nginx, tokenCheck, ...origin]
      }),
  },
]

/** Starts the service and the peer; requests go to the first of the peer's processes. */
function against(
  bench: BenchEnvironment,
  effort: Effort,
  startPeer: (answer: RawAnswer) => Promise<PinnedProcess[]>,
): Promise<Measurement> {
  return race(bench, effort, async () => {
    const service = await bench.startService()
    return { ours: [service], theirs: await startPeer(await listOf(bench, service)), headers: {} }
  })
}

interface Rivals {
  readonly ours: readonly PinnedProcess[]
  readonly theirs: readonly PinnedProcess[]
  readonly headers: Readonly<Record<string, string>>
}

async function race(bench: BenchEnvironment, effort: Effort, start: () => Promise<Rivals>): Promise<Measurement> {
  const startContenders = async () => {
    const { ours, theirs, headers } = await start()
    return [ours, theirs].map(
      (processes): Contender => ({ processes, url: url(processes[0]!), tokens: bench.tokens, headers }),
    )
  }
  const [some = [], others = []] = await acrossStarts(bench, startContenders, effort)
  return compare(some, others)
}

function listOf(bench: BenchEnvironment, service: PinnedProcess): Promise<RawAnswer> {
  return askUntil(url(service), { authorization: `Bearer ${bench.tokens[0]}` }, 200)
}

/** Starts a peer that returns the service's own answer, byte for byte. */
async function startConstant(bench: BenchEnvironment, name: string, answer: RawAnswer): Promise<PinnedProcess[]> {
  const file = join(bench.directory, `answer-${answer.status}.json`)
  // Node writes these headers itself.
  const own = new Set(['date', 'connection', 'keep-alive'])
  const headers = answer.headers.filter((_, at, all) => !own.has((all[at & ~1] ?? '').toLowerCase()))
  await writeFile(file, JSON.stringify({ ...answer, headers }))
  return [await bench.startPeer(name, { ANSWER_FILE: file })]
}

async function startBff(bench: BenchEnvironment, name: string, answer: RawAnswer): Promise<PinnedProcess[]> {
  const server = await bench.startRedis()
  const redis = new Redis(server.port)
  await redis.set('list', answer.body)
  await redis.quit()
  const environment = { ...bench.tokenEnvironment, REDIS_URL: `redis://127.0.0.1:${server.port}` }
  return [await bench.startPeer(name, environment)]
}

function url({ port }: PinnedProcess): string {
  return `http://127.0.0.1:${port}${path}`
}

function valueOf({ headers }: RawAnswer, name: string): string {
  const at = headers.findIndex((entry, index) => index % 2 === 0 && entry.toLowerCase() === name.toLowerCase())
  return headers[at + 1] ?? ''
}
