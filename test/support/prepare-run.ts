import { execFileSync } from 'node:child_process'
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { parse } from 'yaml'

const PROGRAMS = ['redis-server', 'redis-cli'] as const
const IMAGE = 'redis:7-bookworm'

// oxlint-disable-next-line import/no-default-export -- how jest finds a global setup
export default function prepareRun(): void {
  ensureRedisServer()
  createRunDirectory()
}

/** A directory for what the test files of one run share; each would otherwise parse or build it again. */
function createRunDirectory(): void {
  // Mutation testing runs jest many times in one process.
  if (process.env['TEST_RUN_DIRECTORY'] !== undefined) return
  const directory = mkdtempSync(join(tmpdir(), 'face-groups-run-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  writeFileSync(join(directory, 'openapi.json'), JSON.stringify(parse(readFileSync('openapi.yaml', 'utf8'))))
  process.env['TEST_RUN_DIRECTORY'] = directory
}

/**
 * Finds `redis-server` on the PATH or installs one, as a Debian package or from a container, and otherwise fails with
 * one line that says what to install.
 */
function ensureRedisServer(): void {
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

/** Copies the programs from the image: the tests stop, pause and kill processes, which a container would hide. */
function takeOutOfImage(): string {
  const directory = mkdtempSync(join(tmpdir(), 'face-groups-redis-bin-'))
  const container = execFileSync('docker', ['create', IMAGE], { encoding: 'utf8' }).trim()
  for (const name of PROGRAMS) {
    execFileSync('docker', ['cp', `${container}:/usr/local/bin/${name}`, directory], { stdio: 'ignore' })
  }
  execFileSync('docker', ['rm', container], { stdio: 'ignore' })
  return directory
}

const programs = ['chromium', 'chromium-browser', 'google-chrome']

/**
 * The path of Chromium: on the PATH, or installed as a Debian package. Throws, with one line that says what to
 * install, if neither works.
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
  return programs.map(findProgram).find((path) => path !== null) ?? null
}

/** The program's path, or `null`. Debian installs servers outside an ordinary user's PATH. */
export function findProgram(program: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return folders.map((folder) => join(folder, program)).find(isExecutable) ?? null
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Failures of apt-get show afterwards: the program is missing. */
function installs(...args: string[]): void {
  try {
    execFileSync('apt-get', ['-qq', ...args], {
      stdio: 'ignore',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  } catch {}
}
