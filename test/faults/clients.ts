import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { contractViolations, problemViolations } from '../contract/contract.js'
import { gatewaySecret } from '../support/gateway.js'
import { waitFor } from '../support/wait-for.js'
import type { Deployment } from './deployment.js'
import type { Fault } from './inject-fault.js'
import { mutations } from './random-inputs.js'

/** A request as the gateway would send it, without the empty line at its end. */
function headOf({ callerHeaders }: Deployment): string {
  const headers = { 'X-Gateway-Secret': gatewaySecret, 'X-Forwarded-User': 'someone', ...callerHeaders }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return ['GET /api/face-groups HTTP/1.1', 'Host: face-groups.test', ...lines].join('\r\n')
}

function requestOf(deployment: Deployment): string {
  return `${headOf(deployment)}\r\n\r\n`
}

/** Many connections to one replica, from a process that is killed when the fault is healed. */
function clientProcess(name: string, count: number, behaviour: string, more: Partial<Fault> = {}): Fault {
  let clients: ClientProcess
  return {
    name: `clients: ${name}`,
    async inject(deployment) {
      clients = await gather(deployment, { count, behaviour })
    },
    heal: () => clients.stop(),
    ...more,
  }
}

function gather(
  deployment: Deployment,
  { count, behaviour }: { count: number; behaviour: string },
): Promise<ClientProcess> {
  return startClientProcess({
    port: deployment.replicas[0]?.port ?? 0,
    count,
    behaviour,
    request: requestOf(deployment),
  })
}

/** All of them concurrently, each with a request. */
function connections(count: number): Fault {
  let clients: ClientProcess
  return {
    name: `clients: ${count} connections`,
    async inject(deployment) {
      clients = await gather(deployment, { count, behaviour: 'ask' })
    },
    async during({ paceMs }) {
      await delay(paceMs)
      const statuses = await waitFor(
        async () => {
          const all = await clients.statuses()
          return Object.values(all).reduce((sum, times) => sum + times, 0) === count ? all : null
        },
        { timeoutMs: 30_000 },
      )
      if (statuses['200'] !== count) throw new Error(`they were answered ${JSON.stringify(statuses)}`)
    },
    heal: () => clients.stop(),
  }
}

function open({ replicas }: Deployment): Socket {
  const socket = connect({ port: replicas[0]?.port ?? 0, host: '127.0.0.1', allowHalfOpen: true })
  return socket.on('error', () => socket.destroy())
}

async function answersOf(socket: Socket, count: number): Promise<string[]> {
  let received = ''
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1')
  })
  const ids = (): string[] =>
    [...received.matchAll(/HTTP\/1.1 200 .*?^X-Request-Id: (\S+)/gims)].map(([, id]) => id ?? '')
  await waitFor(() => ids().length >= count || null)
  return ids()
}

function pipelined(connections: number, each: number): Fault {
  return {
    name: `clients: ${connections * each} requests pipelined`,
    inject: () => {},
    async during(deployment) {
      const wanted = Array.from({ length: each }, (_, index) => `request-${index}`)
      await Promise.all(
        Array.from({ length: connections }, async () => {
          const socket = open(deployment)
          socket.write(wanted.map((id) => `${headOf(deployment)}\r\nX-Request-Id: ${id}\r\n\r\n`).join(''))
          const ids = await answersOf(socket, each)
          socket.destroy()
          if (ids.join() !== wanted.join()) throw new Error('answers came in another order than their requests')
        }),
      )
    },
    heal: () => {},
  }
}

function fuzzed(count: number): Fault {
  return {
    name: `clients: ${count} fuzzed requests`,
    inject: () => {},
    async during(deployment) {
      const requests = mutations(Buffer.from(requestOf(deployment)), { count, seed: count })
      const faults: string[] = []
      let answered = 0
      async function worker(): Promise<void> {
        for (let next = requests.pop(); next !== undefined; next = requests.pop()) {
          const received = await answerTo(open(deployment), next)
          deployment.leakDetector.record('the answer to a fuzzed request', received)
          const answer = parseAnswer(received)
          if (answer === null) continue
          answered += 1
          const request = JSON.stringify(next.toString('latin1'))
          faults.push(...faultsOf(answer).map((fault) => `${fault} after ${request}`))
        }
      }
      await Promise.all(Array.from({ length: 50 }, worker))
      if (answered < count / 2) faults.push(`only ${answered} of ${count} were answered`)
      if (faults.length > 0) throw new Error(faults.slice(0, 3).join('\n'))
    },
    heal: () => {},
  }
}

/** Everything until the connection closes, or for two seconds. */
async function answerTo(socket: Socket, bytes: Buffer): Promise<string> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  const ended = new AbortController()
  const hungUp = Promise.race([once(socket, 'end'), once(socket, 'close')]).catch(() => {})
  const tooLong = delay(2000, undefined, { signal: ended.signal }).catch(() => {})
  socket.end(bytes)
  await Promise.race([hungUp, tooLong])
  ended.abort()
  socket.destroy()
  return Buffer.concat(chunks).toString('latin1')
}

interface FirstAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

/** The first complete answer in the received text, otherwise null. */
function parseAnswer(received: string): FirstAnswer | null {
  const [, status, lines = '', rest = ''] = /^HTTP\/1\.1 (\d{3}) [^\r]*\r\n(.*?)\r\n\r\n(.*)$/s.exec(received) ?? []
  if (status === undefined) return null
  const headers = new Headers(lines.split('\r\n').map((line) => line.split(/: ?(.*)/s).slice(0, 2) as [string, string]))
  const length = Number(headers.get('content-length') ?? 0)
  const body = Buffer.from(rest.slice(0, length), 'latin1').toString()
  return rest.length < length ? null : { status: Number(status), headers, body }
}

/** The answer depends on how the request was parsed; every one must be a documented one. */
function faultsOf({ status, headers, body }: FirstAnswer): string[] {
  if (status >= 500) return [`answered ${status}`]
  if (status >= 400) return problemViolations(JSON.parse(body))
  const isList = body.startsWith('{"data":')
  return isList ? contractViolations({ method: 'GET', path: '/api/face-groups', status, headers, body }) : []
}

export interface ClientNumbers {
  readonly connections: number
  readonly fuzzed: number
}

export const clientFaults = (numbers: ClientNumbers): readonly Fault[] => [
  clientProcess('slowloris, 300 connections', 300, 'slowly'),
  clientProcess('300 half open', 300, 'halfOpen'),
  clientProcess('100 that never read', 100, 'unread'),
  clientProcess('300 disconnected during their answer', 300, 'goneInTheMiddle'),
  pipelined(20, 50),
  connections(numbers.connections),
  fuzzed(numbers.fuzzed),
]

export interface ClientProcessOptions {
  readonly port: number
  readonly count: number
  /** One of the behaviours in client-process.mjs. */
  readonly behaviour: string
  readonly request: string
}

/** Many connections from a separate process. */
export interface ClientProcess {
  /** The number of answers to single requests, by status. */
  statuses(): Promise<Record<string, number>>
  /** The process is killed, and its connections with it. */
  stop(): Promise<void>
}

/** Resolves when all of them have been connected. */
export async function startClientProcess(options: ClientProcessOptions): Promise<ClientProcess> {
  const child = fork(join(import.meta.dirname, 'client-process.mjs'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  child.send(options)
  await once(child, 'message')
  return {
    async statuses() {
      const answer = once(child, 'message')
      child.send('statuses')
      return ((await answer) as [Record<string, number>])[0]
    },
    async stop() {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}
