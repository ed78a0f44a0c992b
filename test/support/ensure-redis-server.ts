import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

const PROGRAMS = ['redis-server', 'redis-cli'] as const
const IMAGE = 'redis:7-bookworm'

/**
 * Before the first test: finds `redis-server` on the PATH or gets one, as a Debian package or out of a
 * container, and else fails with one line that says what to install.
 */
// oxlint-disable-next-line import/no-default-export -- how jest finds a global setup
export default function ensureRedisServer(): void {
  if (works('redis-server', ['--version'])) return
  if (process.getuid?.() === 0 && works('apt-get', ['--version'])) {
    works('apt-get', ['update', '-qq'])
    if (works('apt-get', ['install', '-y', '-qq', 'redis-server', 'redis-tools'])) return
  }
  if (works('docker', ['pull', '--quiet', IMAGE])) {
    process.env.PATH = `${takeOutOfImage()}${delimiter}${process.env.PATH ?? ''}`
    if (works('redis-server', ['--version'])) return
  }
  throw new Error(
    'The tests need redis-server 7: install it (Debian: apt-get install redis-server; macOS: brew install redis).',
  )
}

function works(command: string, args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
    return true
  } catch {
    return false
  }
}

/** Takes the programs out of the image: the tests stop, pause and kill processes, which a container would hide. */
function takeOutOfImage(): string {
  const directory = mkdtempSync(join(tmpdir(), 'face-groups-redis-bin-'))
  const container = execFileSync('docker', ['create', IMAGE], { encoding: 'utf8' }).trim()
  for (const name of PROGRAMS) {
    execFileSync('docker', ['cp', `${container}:/usr/local/bin/${name}`, directory], { stdio: 'ignore' })
  }
  execFileSync('docker', ['rm', container], { stdio: 'ignore' })
  return directory
}
