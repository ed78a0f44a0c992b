import { findProgram } from '../support/prepare-run.js'

/**
 * A `describe` for tests that need a program npm cannot install. `tests` gets its path. If the program
 * is missing they are skipped, and counted as such; in CI (`CI=true`) that is a failure.
 */
export function describeWithProgram(program: string, title: string, tests: (path: string) => void): void {
  const path = findProgram(program)
  if (path) return describe(title, () => tests(path))
  if (process.env['CI'])
    return describe(title, () => it(`needs ${program} on the PATH`, () => expect(path).not.toBeNull()))
  describe.skip(`${title} (needs ${program})`, () => tests(program))
}
