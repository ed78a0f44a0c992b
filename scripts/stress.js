import { spawn } from 'node:child_process'
import { createWriteStream, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/**
 * Runs `npm test` repeatedly while an endless loop keeps each core busy, and lists every failure by test.
 * Usage: `npm run test:stress [-- RUNS [JEST ARGUMENTS]]`, ten runs by default. Exits with 1 if a run failed or left
 * something open.
 */
const [runs = '10', ...jestArguments] = process.argv.slice(2)
const folder = 'reports/stress'
const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js']
const leftOpen = /failed to exit gracefully|did not exit/

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
const loops = Array.from({ length: availableParallelism() }, () => spawn(process.execPath, ['-e', 'for (;;) {}']))
process.on('exit', () => {
  for (const loop of loops) loop.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))

const failures = new Map()
const rows = []
for (let run = 1; run <= Number(runs); run += 1) {
  const row = await runSuite(run)
  rows.push(row)
  console.log(`run ${run} of ${runs}: ${row.passed} passed, ${row.failed.length} failed, ${row.seconds} s`)
  for (const title of row.failed) failures.set(title, [...(failures.get(title) ?? []), run])
}

console.log(`\nNode ${process.version}, ${loops.length} busy loops\n`)
console.log('| run | passed | failed | seconds | left open |\n|---|---|---|---|---|')
for (const { run, passed, failed, seconds, isLeftOpen } of rows) {
  console.log(`| ${run} | ${passed} | ${failed.length} | ${seconds} | ${isLeftOpen ? 'yes' : 'no'} |`)
}
for (const [title, failedIn] of failures) console.log(`\nfailed in run ${failedIn.join(', ')}: ${title}`)
const isGreen = rows.every(({ isGreen }) => isGreen)
process.exit(isGreen ? 0 : 1)

async function runSuite(run) {
  const [report, log] = [`${folder}/run-${run}.json`, `${folder}/run-${run}.log`]
  const started = performance.now()
  const child = spawn(process.execPath, [...jest, '--json', `--outputFile=${report}`, ...jestArguments])
  const file = createWriteStream(log)
  child.stdout.pipe(file, { end: false })
  child.stderr.pipe(file, { end: false })
  const exitCode = await new Promise((resolve) => child.once('close', resolve))
  await new Promise((resolve) => file.end(resolve))
  const seconds = Math.round((performance.now() - started) / 1000)
  const isLeftOpen = leftOpen.test(readFileSync(log, 'utf8'))
  const { numPassedTests: passed, testResults } = JSON.parse(readFileSync(report, 'utf8'))
  const failed = testResults.flatMap(({ name, status, assertionResults }) => {
    const titles = assertionResults.filter((result) => result.status === 'failed').map(({ fullName }) => fullName)
    if (status === 'failed' && titles.length === 0) titles.push('(the file could not be run)')
    return titles.map((title) => `${name.slice(process.cwd().length + 1)}: ${title}`)
  })
  return { run, passed, failed, seconds, isLeftOpen, isGreen: exitCode === 0 && !isLeftOpen }
}
