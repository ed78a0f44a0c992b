import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { loadCore } from './pinned-process.js'

const run = promisify(execFile)

export interface WrkResult {
  readonly requests: number
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Broken connections, timeouts and answers other than 2xx and 3xx. */
  readonly faults: number
}

export interface WrkOptions {
  readonly url: string
  /** Tokens of the callers, used in rotation. */
  readonly tokens: readonly string[]
  /** Headers besides `Authorization`. */
  readonly headers?: Readonly<Record<string, string>>
  readonly seconds: number
  readonly connections?: number
  /** Default `loadCore`. */
  readonly core?: string
}

/** Sends as many requests as `wrk` can on the load generator's core. Rejects if any failed. */
export async function wrk({
  url,
  tokens,
  headers = {},
  seconds,
  connections = 32,
  core = loadCore,
}: WrkOptions): Promise<WrkResult> {
  const fields = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  const args = [
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '-s',
    'bench/wrk-requests.lua',
    ...fields,
    url,
    '--',
    ...tokens,
  ]
  const { stdout } = await run('taskset', ['-c', core, 'wrk', ...args])
  const line = stdout.split('\n').find((text) => text.startsWith('{'))
  const result = JSON.parse(line ?? 'null') as WrkResult
  if (result.faults > 0) throw new Error(`${url}: ${result.faults} of ${result.requests} requests failed`)
  return result
}
