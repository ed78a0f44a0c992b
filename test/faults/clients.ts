import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { gatewaySecret } from '../deploy/start-gateway.js'
import { eventually } from '../snapshot-cache/eventually.js'
import { type Crowd, gatherCrowd } from './gather-crowd.js'
import type { Fault } from './fault.js'
import { mutations } from './mutations.js'
import type { Stand } from './stand.js'

const head = [
  'GET /api/face-groups HTTP/1.1',
  'Host: face-groups.test',
  `X-Gateway-Secret: ${gatewaySecret}`,
  'X-Forwarded-User: someone',
].join('\r\n')
const request = `${head}\r\n\r\n`

/** Many connections to one replica, from a process that dies when the fault is healed. */
function crowd(name: string, count: number, behaviour: string, more: Partial<Fault> = {}): Fault {
  let gathered: Crowd
  return {
    name: `clients: ${name}`,
    async inject({ replicas }) {
      gathered = await gatherCrowd({ port: replicas[0]?.port ?? 0, count, behaviour, request })
    },
    heal: () => gathered.disperse(),
    ...more,
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
          socket.write(wanted.map((id) => `${head}\r\nX-Request-Id: ${id}\r\n\r\n`).join(''))
          const ids = await answersOf(socket, each)
          socket.destroy()
          if (ids.join() !== wanted.join()) throw new Error('answers came in another order than their requests')
        }),
      )
    },
    heal: () => {},
    delaysAnswersMs: connections * each,
  }
}

function fuzzed(count: number): Fault {
  return {
    name: `clients: ${count} fuzzed requests`,
    inject: () => {},
    async during(stand) {
      const requests = mutations(Buffer.from(request), { count, seed: 1 })
      const faults: string[] = []
      async function worker(): Promise<void> {
        for (let next = requests.pop(); next !== undefined; next = requests.pop()) {
          const status = await statusOf(open(stand), next)
          if (status !== null && status >= 500) faults.push(`${status} for ${JSON.stringify(next.toString('latin1'))}`)
        }
      }
      await Promise.all(Array.from({ length: 50 }, worker))
      if (faults.length > 0) throw new Error(faults.slice(0, 3).join('\n'))
    },
    heal: () => {},
  }
}

/** The first status on the connection, null where it ends or stays silent without one. */
async function statusOf(socket: Socket, bytes: Buffer): Promise<number | null> {
  socket.end(bytes)
  const first = await Promise.race([
    once(socket, 'data').then(
      ([chunk]) => (chunk as Buffer).toString('latin1'),
      () => '',
    ),
    once(socket, 'close').then(
      () => '',
      () => '',
    ),
    delay(2000, ''),
  ])
  socket.destroy()
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1]
  return status === undefined ? null : Number(status)
}

export interface ClientNumbers {
  readonly connections: number
  readonly fuzzed: number
}

export const clientFaults = (numbers: ClientNumbers): readonly Fault[] => [
  crowd('slowloris, 300 at once', 300, 'slowly'),
  crowd('300 half open', 300, 'halfOpen'),
  // two thousand answers made at once
  crowd('100 that never read', 100, 'unread', { delaysAnswersMs: 1000 }),
  crowd('300 gone in the middle of their answer', 300, 'goneInTheMiddle'),
  pipelined(20, 50),
  // each of them is answered as well, at a millisecond or less
  crowd(`${numbers.connections} connections`, numbers.connections, 'ask', { delaysAnswersMs: numbers.connections }),
  fuzzed(numbers.fuzzed),
]
