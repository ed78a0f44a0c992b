import type { PinnedProcess } from './pinned-process.js'
import { type Effort, type Measurement, median } from './row.js'
import type { BenchEnvironment } from './bench-environment.js'
import { wrk } from './wrk.js'

/** A server under load, and the requests for it. */
export interface Contender {
  readonly processes: readonly PinnedProcess[]
  readonly url: string
  readonly tokens: readonly string[]
  readonly headers?: Readonly<Record<string, string>>
}

interface Throughput {
  readonly requestsPerSecond: number
  readonly requestsPerCpuSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** How often everything is restarted: two processes of one program differ by some percent during their lifetime. */
const starts = 3

/** Like `inRounds`, with the rounds divided among restarts; contenders are stopped after their rounds. */
export async function acrossStarts(
  bench: BenchEnvironment,
  start: () => Promise<readonly Contender[]>,
  effort: Effort,
) {
  const results: Throughput[][] = []
  for (let left = starts, rounds = effort.rounds; left > 0 && rounds > 0; left -= 1) {
    const share = Math.ceil(rounds / left)
    rounds -= share
    const contenders = await start()
    const measured = await inRounds(contenders, { ...effort, rounds: share })
    for (const [at, list] of measured.entries()) (results[at] ??= []).push(...list)
    for (const process of contenders.flatMap(({ processes }) => processes)) await bench.stopProcess(process)
  }
  return results
}

/**
 * Loads one contender after the other, round by round, after one warm-up round. Each round starts with another
 * contender. The result has one list per contender, in their order, with one entry per round.
 */
async function inRounds(contenders: readonly Contender[], { rounds, seconds }: Effort) {
  const results = contenders.map((): Throughput[] => [])
  for (const contender of contenders) await load(contender, Math.max(seconds, 3))
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < contenders.length; turn += 1) {
      const at = (round + turn) % contenders.length
      const contender = contenders[at]
      if (contender) results[at]?.push(await load(contender, seconds))
    }
  }
  return results
}

/** The maximum load that one contender can answer. */
export async function load(contender: Contender, seconds: number): Promise<Throughput> {
  const { processes, url, tokens, headers = {} } = contender
  const before = await cpuSeconds(processes)
  const asked = await wrk({ url, tokens, headers, seconds })
  const { requests, seconds: measured, p50Ms, p99Ms } = asked
  const used = (await cpuSeconds(processes)) - before
  return {
    requestsPerSecond: requests / measured,
    requestsPerCpuSecond: requests / used,
    p50Ms,
    p99Ms,
  }
}

async function cpuSeconds(processes: readonly PinnedProcess[]): Promise<number> {
  const each = await Promise.all(processes.map((process) => process.cpuSeconds()))
  return each.reduce((sum, seconds) => sum + seconds, 0)
}

/**
 * The requests that one contender answers per second of CPU time, relative to another: the median over rounds of the
 * ratio within the same round. On a core of its own that equals requests per second; on a shared core, requests per
 * second would depend on the other programs.
 */
export function compare(some: readonly Throughput[], others: readonly Throughput[]): Measurement {
  const of = (list: readonly Throughput[], key: keyof Throughput) => median(list.map((result) => result[key]))
  return {
    value: ratio(some, others, 'requestsPerCpuSecond'),
    detail: {
      byElapsedTime: ratio(some, others, 'requestsPerSecond'),
      requestsPerCpuSecond: of(some, 'requestsPerCpuSecond'),
      peersRequestsPerCpuSecond: of(others, 'requestsPerCpuSecond'),
      requestsPerSecond: of(some, 'requestsPerSecond'),
      peersRequestsPerSecond: of(others, 'requestsPerSecond'),
      p99Ms: of(some, 'p99Ms'),
      peersP99Ms: of(others, 'p99Ms'),
    },
  }
}

function ratio(some: readonly Throughput[], others: readonly Throughput[], of: keyof Throughput) {
  return median(some.map((result, round) => result[of] / (others[round]?.[of] ?? Number.NaN)))
}
