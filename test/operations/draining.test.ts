import { EventEmitter, once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import express from 'express'
import { listen } from '../../src/http/server.js'
import { answersIn, openConnection } from '../boundary/raw-connection.js'
import { useBuiltProcesses, type BuiltService, buildService } from '../support/built-service.js'
import { waitFor } from '../support/wait-for.js'
import { useSimulator } from '../support/upstream.js'
import { environmentFor, runService } from './run-service.js'

const run = useBuiltProcesses()
const simulator = useSimulator()
let built: BuiltService
beforeAll(async () => {
  built = await buildService()
})

const start = (environment: Record<string, string> = {}) =>
  runService(run, built, { ...environmentFor(simulator()), ...environment })

interface Client {
  answers: number
  /** Answers to requests sent while `isLate` without `Connection: close`. */
  lateAnswersKept: number
  isLate: boolean
  readonly failures: string[]
}

/** Sends the next request after each answer, on the same or a new connection, until nobody listens any more. */
async function keepAsking(url: string, client: Client): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  for (;;) {
    const { isLate } = client
    try {
      const request = get(`${url}/health/live`, { agent })
      const [response] = (await once(request, 'response')) as [IncomingMessage]
      await once(response.resume(), 'end')
      client.answers += 1
      if (isLate && response.headers.connection !== 'close') client.lateAnswersKept += 1
    } catch (error) {
      const { code = 'none' } = error as NodeJS.ErrnoException
      if (code === 'ECONNREFUSED') return
      client.failures.push(code)
    }
  }
}

it.each(['500', '0'])('resets no busy keep-alive client, with SHUTDOWN_DELAY_MS=%s', async (delayMs) => {
  const service = await start({ SHUTDOWN_DELAY_MS: delayMs })
  const clients = Array.from(
    { length: 20 },
    (): Client => ({ answers: 0, lateAnswersKept: 0, isLate: false, failures: [] }),
  )
  const ends = clients.map((client) => keepAsking(service.url, client))
  await waitFor(() => (clients.every(({ answers }) => answers >= 10) ? true : null), { timeoutMs: 30_000 })
  service.stop('SIGTERM')
  await service.printed(/"msg":"shutting down"/)
  for (const client of clients) client.isLate = true
  await Promise.all(ends)
  expect(clients.flatMap(({ failures }) => failures)).toEqual([])
  expect(clients.reduce((sum, { lateAnswersKept }) => sum + lateAnswersKept, 0)).toBe(0)
  expect(await service.exitCode).toBe(0)
})

const request = 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n'

it('answers one more request on an idle connection after it stopped listening, and closes it', async () => {
  const service = await start()
  const { send, received, answer } = await openConnection(service.url)
  send(request)
  await waitFor(() => (received().includes('pass') ? true : null), { timeoutMs: 30_000 })
  service.stop('SIGTERM')
  await waitFor(() => isRefused(service.url), { timeoutMs: 30_000 })
  send(request)
  const answers = answersIn(await answer)
  expect(answers.map(({ status, headers }) => [status, headers.get('connection')])).toEqual([
    [200, 'keep-alive'],
    [200, 'close'],
  ])
  expect(await service.exitCode).toBe(0)
})

it('destroys no connection before the work that answers it has ended, even after the grace period', async () => {
  let answerNow: (() => void) | null = null
  const app = express().get('/', (_request, response) => {
    answerNow = () => void response.send('answered')
  })
  const server = await listen(app, { host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${server.port}`
  const { send, answer } = await openConnection(url)
  send('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  const answerWhenAsked = await waitFor(() => answerNow)
  const work = new EventEmitter()
  const drained = server.drain({ graceMs: 0, after: once(work, 'end') })
  await waitFor(() => isRefused(url), { timeoutMs: 30_000 })
  // Longer than the server waits between two looks at the grace period.
  await delay(100)
  answerWhenAsked()
  expect(answersIn(await answer)).toMatchObject([{ status: 200 }])
  work.emit('end')
  expect(await drained).toBe(true)
})

it('closes thousands of idle connections after a moment', async () => {
  const service = await start({ SHUTDOWN_GRACE_MS: '600000' })
  const port = Number(new URL(service.url).port)
  const idle: Socket[] = []
  for (let opened = 0; opened < 5000; opened += 100) {
    const some = Array.from({ length: 100 }, () => connect({ port, host: '127.0.0.1' }).on('error', () => {}))
    await Promise.all(some.map((socket) => once(socket, 'connect')))
    idle.push(...some)
  }
  for (const socket of idle.slice(0, 2500)) socket.write(request)
  await Promise.all(idle.slice(0, 2500).map((socket) => once(socket, 'data')))
  service.stop('SIGTERM')
  expect(await service.exitCode).toBe(0)
  expect(service.logs().at(-1)).toMatchObject({ msg: 'drained' })
  for (const socket of idle) socket.destroy()
}, 60_000)

async function isRefused(url: string): Promise<true | null> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  try {
    await once(socket, 'connect')
    return null
  } catch {
    return true
  } finally {
    socket.destroy()
  }
}
