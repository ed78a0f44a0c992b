import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { breaches, problemBreaches } from '../contract/contract.js'
import { gatewaySecret } from '../deploy/start-gateway.js'
import { eventually } from '../snapshot-cache/eventually.js'
import { type Crowd, gatherCrowd } from './gather-crowd.js'
import type { Fault } from './fault.js'
import { mutations } from './mutations.js'
import type { Stand } from './stand.js'

/** A request as the gateway would send it, but for the blank line at its end. */
function headOf({ callerHeaders }: Stand): string {
  const headers = { 'X-Gateway-Secret': gatewaySecret, 'X-Forwarded-User': 'someone', ...callerHeaders }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return ['GET /api/face-groups HTTP/1.1', 'Host: face-groups.test', ...lines].join('\r\n')
}

function requestOf(stand: Stand): string {
  return `${headOf(stand)}\r\n\r\n`
}

/** Many connections to one replica, from a process that dies when the fault is healed. */
function crowd(name: string, count: number, behaviour: string, more: Partial<Fault> = {}): Fault {
  let gathered: Crowd
  return {
    name: `clients: ${name}`,
    async inject(stand) {
      gathered = await gather(stand, { count, behaviour })
    },
    heal: () => gathered.disperse(),
    ...more,
  }
}

function gather(stand: Stand, { count, behaviour }: { count: number; behaviour: string }): Promise<Crowd> {
  return gatherCrowd({ port: stand.replicas[0]?.port ?? 0, count, behaviour, request: requestOf(stand) })
}

/** All at once, and each with a request. */
function connections(count: number): Fault {
  let gathered: Crowd
  return {
    name: `clients: ${count} connections`,
    async inject(stand) {
      gathered = await gather(stand, { count, behaviour: 'ask' })
    },
    async during({ paceMs }) {
      await delay(paceMs)
      const statuses = await eventually(async () => {
        const all = await gathered.statuses()
        return Object.values(all).reduce((sum, times) => sum + times, 0) === count ? all : null
      }, 30_000)
      if (statuses['200'] !== count) throw new Error(`they were answered ${JSON.stringify(statuses)}`)
    },
    heal: () => gathered.disperse(),
  }
}

function open({ replicas }: Stand): Socket {
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
  await eventually(() => ids().length >= count || null)
  return ids()
}

function pipelined(connections: number, each: number): Fault {
  return {
    name: `clients: ${connections * each} requests pipelined`,
    inject: () => {},
    async during(stand) {
      const wanted = Array.from({ length: each }, (_, index) => `request-${index}`)
      await Promise.all(
        Array.from({ length: connections }, async () => {
          const socket = open(stand)
          socket.write(wanted.map((id) => `${headOf(stand)}\r\nX-Request-Id: ${id}\r\n\r\n`).join(''))
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
    async during(stand) {
      const requests = mutations(Buffer.from(requestOf(stand)), { count, seed: count })
      const faults: string[] = []
      let answered = 0
      async function worker(): Promise<void> {
        for (let next = requests.pop(); next !== undefined; next = requests.pop()) {
          const received = await answerTo(open(stand), next)
          stand.canary.record('the answer to a fuzzed request', received)
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

/** What comes until the connection ends, or for two seconds. */
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

/** The first answer in what came, null where none has come whole. */
function parseAnswer(received: string): FirstAnswer | null {
  const [, status, lines = '', rest = ''] = /^HTTP\/1\.1 (\d{3}) [^\r]*\r\n(.*?)\r\n\r\n(.*)$/s.exec(received) ?? []
  if (status === undefined) return null
  const headers = new Headers(lines.split('\r\n').map((line) => line.split(/: ?(.*)/s).slice(0, 2) as [string, string]))
  const length = Number(headers.get('content-length') ?? 0)
  const body = Buffer.from(rest.slice(0, length), 'latin1').toString()
  return rest.length < length ? null : { status: Number(status), headers, body }
}

/** Which of the documented answers it is depends on what the request was taken for; all of them explain themselves. */
function faultsOf({ status, headers, body }: FirstAnswer): string[] {
  if (status >= 500) return [`answered ${status}`]
  if (status >= 400) return problemBreaches(JSON.parse(body))
  const isList = body.startsWith('{"data":')
  return isList ? breaches({ method: 'GET', path: '/api/face-groups', status, headers, body }) : []
}

export interface ClientNumbers {
  readonly connections: number
  readonly fuzzed: number
}

export const clientFaults = (numbers: ClientNumbers): readonly Fault[] => [
  crowd('slowloris, 300 at once', 300, 'slowly'),
  crowd('300 half open', 300, 'halfOpen'),
  crowd('100 that never read', 100, 'unread'),
  crowd('300 gone in the middle of their answer', 300, 'goneInTheMiddle'),
  pipelined(20, 50),
  connections(numbers.connections),
  fuzzed(numbers.fuzzed),
]
