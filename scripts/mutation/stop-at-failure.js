import { TestEnvironment } from 'jest-environment-node'

const killed = new Set()

/** Skips what is left once a test has failed on a mutant: jest cannot be told to when Stryker runs it. */
export default class StopAtFailure extends TestEnvironment {
  handleTestEvent({ name, test }) {
    const mutant = process.env.__STRYKER_ACTIVE_MUTANT__
    if (mutant === undefined) return
    if (name === 'test_fn_failure') killed.add(mutant)
    if (name === 'test_start' && killed.has(mutant)) test.mode = 'skip'
  }
}
