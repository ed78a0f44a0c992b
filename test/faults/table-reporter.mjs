import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'

const folder = 'reports/faults'

/** Prints one table over all families at the end of a run: fault, requests, wrong, slowest, recovery, peak memory. */
// oxlint-disable-next-line import/no-default-export -- how jest finds a reporter
export default class TableReporter {
  onRunStart() {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
  }

  onRunComplete() {
    const deployments = readdirSync(folder).map((file) => JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')))
    if (deployments.length === 0) return
    const table = tableOf(deployments.flatMap(({ outcomes }) => outcomes))
    const report = [table, '', ...deployments.map(summaryOf)].join('\n')
    writeFileSync('reports/faults.txt', `${report}\n`)
    process.stdout.write(`\n${report}\n`)
  }
}

/** The totals of one deployment, and its replicas' resources before and after. */
function summaryOf({ title, before, outcomes }) {
  const requests = outcomes.reduce((sum, outcome) => sum + outcome.requests, 0)
  const wrong = outcomes.reduce((sum, outcome) => sum + outcome.wrong.length, 0)
  const { after } = outcomes.at(-1)
  const held = (possessions) => `${(possessions.bytes / 1024 / 1024).toFixed(1)} MB`
  return (
    `${title}: ${outcomes.length} faults, ${requests} requests, ${wrong} wrong; ` +
    `${held(before)} → ${held(after)}, ${before.descriptors} → ${after.descriptors} descriptors`
  )
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
