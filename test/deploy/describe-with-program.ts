import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Debian installs servers outside an ordinary user's PATH. */
const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']

/** The program's path, or null. */
function findProgram(program: string): string | null {
  return folders.map((folder) => join(folder, program)).find(isExecutable) ?? null
}

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

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
