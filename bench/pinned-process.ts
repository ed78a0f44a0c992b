import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** The core of the measured server, and the core of the load generator. */
const serverCore = '0'
export const loadCore = '1'

/** Keeps this process, which coordinates the measurement, away from the measured server. */
export function pinOwnProcess(): void {
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', loadCore, String(process.pid)])
}

export interface PinnedProcess {
  readonly port: number
  readonly pid: number
  /** CPU time used so far by the process, its threads and its children, in seconds. */
  cpuSeconds(): Promise<number>
  /** Resident memory in bytes. */
  residentBytes(): Promise<number>
  signal(name: NodeJS.Signals): void
  stop(): Promise<void>
}

export interface PinnedProcessOptions {
  readonly command: string
  readonly args: readonly string[]
  /** It must listen on this port of the loopback address. */
  readonly port: number
  readonly environment?: Readonly<Record<string, string>>
  /** Cores as `taskset -c` takes them. Default `serverCore`. */
  readonly cores?: string
}

const startTimeoutMs = 20_000

/** Starts a process pinned to these cores and resolves when it accepts connections. Its output is discarded. */
export async function startPinned(options: PinnedProcessOptions): Promise<PinnedProcess> {
  const { command, args, port, environment, cores = serverCore } = options
  const child = spawn('taskset', ['-c', cores, command, ...args], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const pid = child.pid
  if (pid === undefined) throw new Error(`cannot start ${command}`)
  await accepting(child, port, [command, ...args].join(' '))
  return {
    port,
    pid,
    cpuSeconds: () => cpuSecondsOf(pid),
    async residentBytes() {
      const status = await readFile(`/proc/${pid}/status`, 'utf8')
      return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
    },
    signal: (name) => void child.kill(name),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGCONT')
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

async function accepting(child: ChildProcess, port: number, name: string): Promise<void> {
  const giveUpAt = performance.now() + startTimeoutMs
  while (!(await canConnect(port))) {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`)
    if (performance.now() > giveUpAt) throw new Error(`${name} does not listen`)
    await delay(10)
  }
}

async function canConnect(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

const ticksPerSecond = 100

async function cpuSecondsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const own = (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter(Boolean)
  const theirs = await Promise.all(children.map((child) => cpuSecondsOf(Number(child))))
  return theirs.reduce((sum, seconds) => sum + seconds, own)
}
