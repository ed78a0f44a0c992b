import { existsSync, readFileSync } from 'node:fs'

/**
 * Prints the runner's closing lines anew and then "N passed, N failed". The second file repeats the suite
 * on another Node: only its failures are added, so that no test is counted as passed twice. A run that
 * left no result counts as one failure.
 */
const [first, ...repeated] = process.argv.slice(2).map(read)
console.log(
  `Test Suites: ${first.numFailedTestSuites} failed, ${first.numPassedTestSuites} passed, ${first.numTotalTestSuites} total`,
)
console.log(
  `Tests:       ${first.numFailedTests} failed, ${first.numPendingTests} skipped, ${first.numPassedTests} passed, ${first.numTotalTests} total`,
)
const failed = [first, ...repeated].map(failuresOf).reduce((sum, count) => sum + count, 0)
console.log(`${first.numPassedTests} passed, ${failed} failed`)
process.exitCode = failed === 0 && first.numPassedTests > 0 ? 0 : 1

function read(path) {
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8'))
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

/** A suite that could not even be loaded has no test of its own to fail. */
function failuresOf({ numFailedTests, numRuntimeErrorTestSuites }) {
  return numFailedTests + numRuntimeErrorTestSuites
}
