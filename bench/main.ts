import { accessSync, constants } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { chartOf } from './chart.js'
import { type CommandLine, parseCommandLine } from './command-line.js'
import { pinOwnProcess } from './pinned-process.js'
import { lineOf, type Outcome, recordOf } from './report.js'
import type { Row } from './row.js'
import { latencyRows } from './rows/latency-rows.js'
import { processRows } from './rows/process-rows.js'
import { measureGrowth, sizeRows } from './rows/size-rows.js'
import { throughputRows } from './rows/throughput-rows.js'
import { startBenchEnvironment } from './bench-environment.js'

const rows: readonly Row[] = [...throughputRows, ...latencyRows, ...sizeRows, ...processRows]

/** Read before this process is pinned. */
const cores = availableParallelism()

process.env['PATH'] += ':/usr/sbin'
await run(parseCommandLine(process.argv.slice(2)))

/**
 * Measures row by row, each in its own environment; prints the results and writes the JSON and, after a full run, the
 * chart.
 */
async function run({ effort, only, quick }: CommandLine): Promise<void> {
  console.log(`Node ${process.version}, ${effort.rounds} rounds of ${effort.seconds} s`)
  if (cores > 1 && isThere('taskset')) pinOwnProcess()
  const outcomes: Outcome[] = []
  for (const row of rows) {
    if (only.length > 0 && !only.some((word) => row.name.includes(word))) continue
    const outcome = await outcomeOf(row, effort)
    console.log(lineOf(outcome))
    outcomes.push(outcome)
  }
  const isWhole = !quick && only.length === 0
  const growth = isWhole ? await measureGrowth(effort) : []
  await mkdir('reports', { recursive: true })
  const about = { node: process.version, cores, ...effort }
  const report = { about, rows: outcomes.map(recordOf), growth }
  await writeFile('reports/bench.json', `${JSON.stringify(report, null, 2)}\n`)
  if (isWhole) await writeFile('docs/performance.svg', chartOf(outcomes, growth))
}

async function outcomeOf(row: Row, effort: CommandLine['effort']): Promise<Outcome> {
  const missing = ['taskset', ...row.needs].filter((program) => !isThere(program))
  if (missing.length > 0) return { row, kind: 'skipped', reason: `install ${missing.join(', ')}` }
  if (cores < 2) return { row, kind: 'skipped', reason: 'needs a core for the server and one for the load' }
  const bench = await startBenchEnvironment()
  try {
    return { row, kind: 'measured', measurement: await row.measure(bench, effort) }
  } catch (error) {
    process.exitCode = 1
    return { row, kind: 'failed', reason: error instanceof Error ? error.message : String(error) }
  } finally {
    await bench.close()
  }
}

function isThere(program: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
