import { existsSync, readFileSync } from 'node:fs'

/**
 * Prints jest's summary again and then "N passed, N failed". The first report is `npm test`. Of the others (the same suite
 * on another Node, the fleet, the faults) only failures are added, so that no test is counted twice. A missing report
 * counts as one failure.
 */
const [first, ...others] = process.argv.slice(2).map(readReport)
console.log(
  `Test Suites: ${first.numFailedTestSuites} failed, ${first.numPassedTestSuites} passed, ${first.numTotalTestSuites} total`,
)
console.log(
  `Tests:       ${first.numFailedTests} failed, ${first.numPendingTests} skipped, ${first.numPassedTests} passed, ${first.numTotalTests} total`,
)
const failed = [first, ...others].map(countFailures).reduce((sum, count) => sum + count, 0)
console.log(`${first.numPassedTests} passed, ${failed} failed`)
process.exitCode = failed === 0 && first.numPassedTests > 0 ? 0 : 1

function readReport(path) {
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8'))
  console.log(`no report: ${path}`)
  return {
    numFailedTestSuites: 1,
    numPassedTestSuites: 0,
    numTotalTestSuites: 1,
    numFailedTests: 1,
    numPassedTests: 0,
    numPendingTests: 0,
    numTotalTests: 1,
    numRuntimeErrorTestSuites: 0,
  }
}

/** A suite that could not be loaded has no failed test of its own. */
function countFailures({ numFailedTests, numRuntimeErrorTestSuites }) {
  return numFailedTests + numRuntimeErrorTestSuites
}
