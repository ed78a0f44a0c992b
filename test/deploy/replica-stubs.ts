import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { leakDetector } from '../support/leak-detector.js'

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
      for (const [name, value] of Object.entries(environment))
        if (/SECRET|_KEY$/.test(name)) leakDetector.forbid(name, value)
      const env = { PATH: process.env['PATH'], HOST: '127.0.0.1', PORT: `${port}`, ADMIN_PORT: 'off', ...environment }
      const started = spawn(process.execPath, [main], { stdio: ['ignore', 'pipe', 'pipe'], env })
      child = started
      const output: string[] = []
      for (const stream of [started.stdout, started.stderr])
        stream.on('data', (chunk: Buffer) => {
          output.push(chunk.toString())
          leakDetector.record('what a replica printed', chunk.toString())
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

/** What a gateway has behind it, as far as the gateway can tell: it keeps what arrives. */
export interface ReplicaStandIn {
  readonly port: number
  /** In order of arrival. */
  readonly requests: readonly IncomingMessage[]
  stop(): Promise<void>
}

export async function startReplicaStandIn(answer: RequestListener): Promise<ReplicaStandIn> {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    answer(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
