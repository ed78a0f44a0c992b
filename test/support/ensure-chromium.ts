import { execFileSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const programs = ['chromium', 'chromium-browser', 'google-chrome']

/**
 * Where Chromium is: on the PATH, or put there as a Debian package. Throws, with one line that says what to
 * install, where it is neither.
 */
export function ensureChromium(): string {
  const found = findChromium()
  if (found !== null) return found
  if (process.getuid?.() === 0) {
    installs('update')
    installs('install', '-y', '--no-install-recommends', 'chromium')
  }
  const installed = findChromium()
  if (installed === null) throw new Error('This test needs Chromium: install it (Debian: apt-get install chromium).')
  return installed
}

function findChromium(): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return programs.flatMap((program) => folders.map((folder) => join(folder, program))).find(isExecutable) ?? null
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** What apt-get cannot do shows afterwards: the program is not there. */
function installs(...args: string[]): void {
  try {
    execFileSync('apt-get', ['-qq', ...args], {
      stdio: 'ignore',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  } catch {}
}
