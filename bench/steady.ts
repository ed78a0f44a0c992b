import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { loadCore, type PinnedProcess } from './pinned-process.js'
import { median } from './row.js'
import type { BenchEnvironment } from './bench-environment.js'
import type { SteadyLoad, SteadyResult } from './steady-load.js'

const run = promisify(execFile)

/** A load that one core handles easily, so that latency is not dominated by queueing. */
const requestsPerSecond = 500

/** Requests the first page at a steady rate. Rejects if any request failed. */
export async function steadily(
  bench: BenchEnvironment,
  { port }: PinnedProcess,
  seconds: number,
): Promise<SteadyResult> {
  const url = `http://127.0.0.1:${port}/api/face-groups`
  const load: SteadyLoad = { url, tokens: bench.tokens, requestsPerSecond, seconds }
  const { stdout } = await run('taskset', ['-c', loadCore, process.execPath, 'bench/dist/bench/steady-load.js'], {
    env: { STEADY_LOAD: JSON.stringify(load) },
  })
  const result = JSON.parse(stdout) as SteadyResult
  if (result.faults > 0) throw new Error(`${result.faults} of ${result.requests} requests failed`)
  return result
}

/** Alternates quiet and troubled phases: the median ratio of a troubled p99 to the quiet p99 before it. */
export async function whileTroubled(
  rounds: number,
  load: () => Promise<SteadyResult>,
  trouble: (phase: Promise<unknown>) => Promise<void>,
) {
  const quiet: SteadyResult[] = []
  const troubled: SteadyResult[] = []
  await load()
  for (let round = 0; round < rounds; round += 1) {
    quiet.push(await load())
    const phase = load()
    await trouble(phase)
    troubled.push(await phase)
  }
  const of = (results: readonly SteadyResult[], key: keyof SteadyResult) => median(results.map((result) => result[key]))
  return {
    value: median(troubled.map(({ p99Ms }, round) => p99Ms / (quiet[round]?.p99Ms ?? Number.NaN))),
    detail: {
      p50Ms: of(troubled, 'p50Ms'),
      p99Ms: of(troubled, 'p99Ms'),
      quietP50Ms: of(quiet, 'p50Ms'),
      quietP99Ms: of(quiet, 'p99Ms'),
    },
  }
}
