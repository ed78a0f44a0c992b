import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import TestRunner from 'jest-runner'

const NAMES = '.test-names.json'

/**
 * Runs the test files one by one. For a mutant: only files with a test that reaches it, the quickest first, and none
 * after the first that failed. Stryker picks tests by their names alone, for which jest would load every file.
 */
export default class MutantRunner extends TestRunner {
  async runTests(tests, watcher, options) {
    const isMutated = process.env.__STRYKER_ACTIVE_MUTANT__ !== undefined
    const picked = isMutated ? this.pick(tests) : tests
    const names = {}
    let isKilled = false
    this.on('test-file-success', ([{ path }, { numFailingTests, testResults }]) => {
      isKilled ||= isMutated && numFailingTests > 0
      names[path] = testResults.map(({ fullName }) => fullName)
    })
    for (const test of picked) if (!isKilled) await super.runTests([test], watcher, options)
    if (!isMutated) writeFileSync(NAMES, JSON.stringify(names))
  }

  pick(tests) {
    const names = existsSync(NAMES) ? JSON.parse(readFileSync(NAMES, 'utf8')) : {}
    const wanted = new RegExp(this._globalConfig.testNamePattern ?? '')
    return tests
      .filter(({ path }) => names[path]?.some((name) => wanted.test(name)) ?? true)
      .toSorted((one, other) => (one.duration ?? 0) - (other.duration ?? 0))
  }
}
