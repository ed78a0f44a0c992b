import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { LeakCanary } from './leak-canary.js'

export interface ReplicaStart {
  /** Arguments of Node itself, beyond those of every start. */
  readonly nodeArguments?: readonly string[]
  /** A file that takes standard output instead of the canary. */
  readonly standardOutput?: string
}

/** The built service as a process that can be treated badly, on ports that outlive it. */
export interface ReplicaProcess {
  readonly name: string
  readonly port: number
  readonly adminPort: number
  /** Resolves once it answers, with or without a list; rejects with its output when it ends before. */
  start(how?: ReplicaStart): Promise<void>
  isRunning(): boolean
  /** Whether it has begun to answer and has not been told to leave. */
  isServing(): boolean
  signal(name: NodeJS.Signals): void
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
  /** SIGTERM; resolves with the exit code. */
  terminate(): Promise<number | null>
  /** A message to a module preloaded into the process, and its answer. */
  tell(message: object): Promise<unknown>
  readonly pid: number
  residentBytes(): number
  descriptors(): number
  highestDescriptor(): number
}

export interface ReplicaProcessOptions {
  readonly name: string
  /** The built `main.js`. */
  readonly main: string
  readonly port: number
  readonly adminPort: number
  readonly environment: Readonly<Record<string, string>>
  readonly nodeArguments?: readonly string[]
  /** Gets everything the process writes. */
  readonly canary: LeakCanary
  readonly onOutput?: (text: string) => void
}

const PATIENCE_MS = 30_000

/** Not started yet. */
export function createReplicaProcess(options: ReplicaProcessOptions): ReplicaProcess {
  const { name, main, port, adminPort, canary } = options
  let child: ChildProcess | null = null
  let serving = false
  const running = (): ChildProcess => {
    if (child === null) throw new Error(`${name} has not been started`)
    return child
  }
  const isRunning = (): boolean => child !== null && child.exitCode === null && child.signalCode === null
  const gone = async (): Promise<void> => {
    if (isRunning()) await once(running(), 'exit')
  }

  return {
    name,
    port,
    adminPort,
    isRunning,
    isServing: () => serving && isRunning(),
    get pid() {
      return running().pid ?? 0
    },
    async start({ nodeArguments = [], standardOutput } = {}) {
      const output: string[] = []
      const file = standardOutput === undefined ? null : openSync(standardOutput, 'w')
      const started = spawn(process.execPath, [...(options.nodeArguments ?? []), ...nodeArguments, main], {
        stdio: ['ignore', file ?? 'pipe', 'pipe', 'ipc'],
        env: {
          PATH: process.env['PATH'],
          HOST: '127.0.0.1',
          PORT: String(port),
          ADMIN_PORT: String(adminPort),
          ...options.environment,
        },
      })
      if (file !== null) closeSync(file)
      child = started
      serving = false
      for (const stream of [started.stdout, started.stderr]) {
        stream?.on('data', (chunk: Buffer) => {
          canary.record(`the output of ${name}`, chunk.toString())
          options.onOutput?.(chunk.toString())
          if (output.length < 100) output.push(chunk.toString())
        })
      }
      const giveUpAt = performance.now() + PATIENCE_MS
      while (!(await answers(port))) {
        if (!isRunning() || performance.now() > giveUpAt) throw new Error(`${name} ended:\n${output.join('')}`)
        await delay(20)
      }
      serving = true
    },
    signal: (signal) => void running().kill(signal),
    async kill() {
      serving = false
      running().kill('SIGKILL')
      await gone()
    },
    async terminate() {
      if (child === null) return null
      serving = false
      child.kill('SIGCONT')
      child.kill('SIGTERM')
      await gone()
      return child.exitCode
    },
    async tell(message) {
      const answer = once(running(), 'message')
      running().send(message)
      return ((await answer) as [unknown])[0]
    },
    residentBytes: () => residentBytesOf(running().pid),
    descriptors: () => descriptorsOf(running().pid).length,
    highestDescriptor: () => Math.max(...descriptorsOf(running().pid)),
  }
}

function residentBytesOf(pid: number | undefined): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) * 1024
}

function descriptorsOf(pid: number | undefined): number[] {
  return readdirSync(`/proc/${pid}/fd`).map(Number)
}

async function answers(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/health/live`, { signal: AbortSignal.timeout(2_000) })).ok
  } catch {
    return false
  }
}
