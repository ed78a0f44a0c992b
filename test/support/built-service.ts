import { type ChildProcess, type ChildProcessByStdio, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, copyFile, mkdir, rm, symlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { leakDetector } from './leak-detector.js'
import { waitFor } from './wait-for.js'

export interface BuiltService {
  /** The absolute path of a built file of the product, e.g. `main.js`. */
  entryPoint(name: string): string
  /** The absolute path of a built development tool, e.g. `simulator.js`. */
  devEntryPoint(name: string): string
}

/**
 * The service, built as `npm run build` does, but into a separate directory, so that `dist` is unchanged. The first
 * test file that needs it builds it, and all of the run share it.
 */
export async function buildService(): Promise<BuiltService> {
  const directory = join(process.env['TEST_RUN_DIRECTORY'] ?? '', 'built')
  const isBuilt = () => isPresent(join(directory, 'dist-dev'))
  // If the build of one file fails, the next one tries again and reports why.
  await waitFor(async () => (await isBuilt()) || buildInto(directory), { timeoutMs: 120_000, intervalMs: 100 })
  return {
    entryPoint: (name) => join(directory, 'dist', name),
    devEntryPoint: (name) => join(directory, 'dist-dev', name),
  }
}

/** Resolves with `false` if another process is already building into it. */
async function buildInto(directory: string): Promise<boolean> {
  try {
    await mkdir(directory)
  } catch {
    return false
  }
  try {
    for (const file of ['package.json', 'openapi.yaml']) await copyFile(file, join(directory, file))
    await symlink(resolve('node_modules'), join(directory, 'node_modules'))
    // `dist-dev` is the last one that it writes.
    await promisify(execFile)(process.execPath, [resolve('scripts/build.js'), directory])
    return true
  } catch (error) {
    await rm(directory, { recursive: true, force: true })
    throw error
  }
}

const isPresent = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

export interface Running {
  /** Resolves with the match once it was printed on standard output; rejects when the process ends before. */
  printed(pattern: RegExp): Promise<RegExpExecArray>
  output(): string
  errors(): string
  stop(signal: NodeJS.Signals): void
  /** Closes the pipe of its standard output, like a reader that exits. */
  closeOutput(): void
  /** Stops reading its standard output, which then fills up. */
  pauseOutput(): void
  resumeOutput(): void
  /** Resolves with the exit code even while its output is not read. */
  readonly exited: Promise<number | null>
  /** Resolves once its output has been read to the end, too. */
  readonly exitCode: Promise<number | null>
}

export type RunBuilt = (entryPoint: string, args: readonly string[], env?: Record<string, string>) => Running

/**
 * Runs built entry points with only the given environment, and without any `.env`.
 * Processes left running by a failed test are ended after it.
 */
export function useBuiltProcesses(): RunBuilt {
  let children: ChildProcess[] = []
  afterEach(async () => {
    const left = children.filter((child) => child.exitCode === null && child.signalCode === null)
    children = []
    const ends = left.map((child) => once(child, 'exit'))
    for (const child of left) {
      child.stdout?.resume()
      child.kill('SIGTERM')
    }
    await Promise.all(ends)
  })
  return (entryPoint, args, env = {}) => {
    const child = spawn(process.execPath, [entryPoint, ...args], {
      env,
      cwd: dirname(entryPoint),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    children.push(child)
    return watch(child)
  }
}

function watch(child: ChildProcessByStdio<null, Readable, Readable>): Running {
  let output = ''
  let errors = ''
  child.stdout.on('data', (piece: Buffer) => {
    output += piece.toString('utf8')
    leakDetector.record('the output of a process', piece.toString('utf8'))
  })
  child.stderr.on('data', (piece: Buffer) => {
    errors += piece.toString('utf8')
    leakDetector.record('the output of a process', piece.toString('utf8'))
  })
  const exitCode = once(child, 'close').then(() => child.exitCode)
  const exited = once(child, 'exit').then(() => child.exitCode)
  const ended = exitCode.then((code) => Promise.reject(new Error(`it ended with ${code}: ${output}${errors}`)))
  ended.catch(() => {})
  return {
    async printed(pattern) {
      for (;;) {
        const match = pattern.exec(output)
        if (match !== null) return match
        await Promise.race([once(child.stdout, 'data'), ended])
      }
    },
    output: () => output,
    errors: () => errors,
    stop: (signal) => void child.kill(signal),
    closeOutput: () => void child.stdout.destroy(),
    pauseOutput: () => void child.stdout.pause(),
    resumeOutput: () => void child.stdout.resume(),
    exited,
    exitCode,
  }
}
