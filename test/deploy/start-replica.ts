import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { canary } from '../support/leak-canary.js'

/** The built service as a process of its own, on a port that outlives it. */
export interface Replica {
  readonly port: number
  start(): Promise<void>
  /** SIGTERM; resolves with the exit code. */
  terminate(): Promise<number | null>
}

export interface ReplicaOptions {
  readonly main: string
  readonly port: number
  readonly environment: Readonly<Record<string, string>>
}

/** Not started yet. `start` resolves once the replica is ready and rejects with its output when it ends before. */
export function createReplica({ main, port, environment }: ReplicaOptions): Replica {
  let child: ChildProcess | undefined
  return {
    port,
    async start() {
      for (const [name, value] of Object.entries(environment)) if (/SECRET|_KEY$/.test(name)) canary.forbid(name, value)
      const env = { PATH: process.env['PATH'], HOST: '127.0.0.1', PORT: `${port}`, ADMIN_PORT: 'off', ...environment }
      const started = spawn(process.execPath, [main], { stdio: ['ignore', 'pipe', 'pipe'], env })
      child = started
      const output: string[] = []
      for (const stream of [started.stdout, started.stderr])
        stream.on('data', (chunk: Buffer) => {
          output.push(chunk.toString())
          canary.record('what a replica printed', chunk.toString())
        })
      while (!(await isReady(port))) {
        if (started.exitCode !== null) throw new Error(`the replica ended:\n${output.join('')}`)
        await delay(20)
      }
    },
    async terminate() {
      if (!child) return null
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
      return child.exitCode
    },
  }
}

async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/health/ready`)).ok
  } catch {
    return false
  }
}
