import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'

const folder = 'reports/faults'

/** Ends a run with one table over all families: fault, requests, wrong, slowest, recovery, most memory of a process. */
// oxlint-disable-next-line import/no-default-export -- how jest finds a reporter
export default class TableReporter {
  onRunStart() {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
  }

  onRunComplete() {
    const outcomes = readdirSync(folder).flatMap((file) => JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')))
    if (outcomes.length === 0) return
    const table = tableOf(outcomes)
    writeFileSync('reports/faults.txt', `${table}\n`)
    process.stdout.write(`\n${table}\n`)
  }
}

function tableOf(outcomes) {
  const rows = outcomes.map(({ fault, requests, wrong, slowestMs, recoveryMs, peakBytes }) => [
    fault,
    String(requests),
    String(wrong.length),
    `${Math.round(slowestMs)} ms`,
    `${(recoveryMs / 1000).toFixed(1)} s`,
    `${Math.round(peakBytes / 1024 / 1024)} MB`,
  ])
  const head = ['fault', 'requests', 'wrong', 'slowest', 'recovered', 'peak memory']
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)))
  const line = (cells) => cells.map((cell, column) => pad(cell, column, widths[column])).join('  ')
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}

function pad(cell, column, width) {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width)
}
