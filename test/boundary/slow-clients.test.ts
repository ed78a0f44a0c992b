import { setTimeout as delay } from 'node:timers/promises'
import express, { type Express } from 'express'
import { listen, type ListenOptions, type RunningServer } from '../../src/http/server.js'
import { type RunningService, startService } from '../support/service.js'
import { waitFor } from '../support/wait-for.js'
import { answersIn, openConnection, type RawConnection } from './raw-connection.js'

const limits = {
  headersTimeoutMs: 1000,
  requestTimeoutMs: 1500,
  unreadAnswerTimeoutMs: 1400,
  connectionsCheckingIntervalMs: 100,
}

/** A byte now and then keeps a connection busy without finishing a request. */
const attackers = [
  {
    what: 'never end their headers',
    count: 500,
    opening: 'GET /api/face-groups HTTP/1.1\r\nHost: x\r\n',
    drip: 'X-A: b\r\n',
  },
  { what: 'never end a line', count: 50, opening: 'GET /api/face-groups', drip: 'x' },
  { what: 'never send anything', count: 50, opening: '', drip: '' },
  {
    what: 'never end their body',
    count: 50,
    opening: 'POST /api/face-groups/refresh HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n',
    drip: 'x',
  },
]

interface Attacker extends RawConnection {
  readonly what: string
  /** Settles when the server has closed the connection, whatever the attacker does. */
  readonly gone: Promise<void>
}

/** Closed after each test, including failed ones. */
const servers: RunningServer[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.drain({ graceMs: 0 })))
})

/** Serves the app with these limits; resolves with its URL. */
async function serve(app: Express, own: NonNullable<ListenOptions['limits']>): Promise<string> {
  const server = await listen(app, { host: '127.0.0.1', port: 0, limits: own })
  servers.push(server)
  return `http://127.0.0.1:${server.port}`
}

let running: RunningService
beforeAll(async () => {
  running = await startService({ limits, environment: { RATE_LIMIT_PER_MINUTE: '0' } })
})
afterAll(() => running.stop())

describe('hundreds of slow clients that never close', () => {
  const crowd: Attacker[] = []
  let answered = 0

  beforeAll(async () => {
    const authorization = `Bearer ${await running.token()}`
    await Promise.all(attackers.map((kind) => attack(kind)))
    const allGone = new AbortController()
    void Promise.all(crowd.map(({ gone }) => gone)).then(() => allGone.abort())
    while (!allGone.signal.aborted) {
      const response = await running.call('/api/face-groups', { authorization })
      expect([response.status, (await response.text()).length > 0]).toEqual([200, true])
      answered += 1
      await delay(20)
    }
  })

  it('do not affect other clients', () => {
    expect(answered).toBeGreaterThan(5)
  })

  it.each(attackers)('get 408 and are disconnected if they $what', async ({ what, count }) => {
    const these = crowd.filter((attacker) => attacker.what === what)
    expect(these).toHaveLength(count)
    for (const { received } of these) {
      const { status, headers, body } = answersIn(received()).at(-1)!
      expect([status, headers.get('cache-control'), headers.get('connection')]).toEqual([408, 'no-store', 'close'])
      expect(JSON.parse(body)).toMatchObject({ code: 'invalid_request', status: 408 })
    }
  })

  async function attack({ what, count, opening, drip }: (typeof attackers)[number]): Promise<void> {
    for (let n = 0; n < count; n += 1) {
      const connection = await openConnection(running.url, { stubborn: true })
      const { send, answer, closed } = connection
      send(opening)
      let toSend = drip
      // The server has closed its side; further bytes cause a reset only after it has closed both.
      void answer.then(() => (toSend = 'x'))
      const dripping = setInterval(() => toSend !== '' && send(toSend), 150)
      crowd.push({ ...connection, what, gone: closed.finally(() => clearInterval(dripping)) })
    }
  }
})

it('disconnects a client that sends requests and never reads an answer', async () => {
  running.simulator.setLibraries({ generate: 5000 })
  await running.call('/api/face-groups/refresh', {
    method: 'POST',
    authorization: `Bearer ${await running.token({ scope: 'face-groups:refresh' })}`,
  })
  const { socket, send, closed } = await openConnection(running.url, { stubborn: true })
  socket.pause()
  const authorization = `Authorization: Bearer ${await running.token()}`
  send(`GET /api/face-groups?limit=1000 HTTP/1.1\r\nHost: x\r\n${authorization}\r\n\r\n`.repeat(200))
  const prodding = setInterval(() => send('x'), 150)
  await closed
  clearInterval(prodding)
  // The server logs it after the client has seen the end of its connection.
  await waitFor(() => running.logs().some(({ status }) => status === 499) || null)
})

it('does not disconnect a client that waits for its answer, however long it takes', async () => {
  const app = express().get('/', async (_request, response) => {
    await delay(500)
    response.end('at last')
  })
  const response = await fetch(await serve(app, { unreadAnswerTimeoutMs: 100 }))
  expect(await response.text()).toBe('at last')
})

it('does not cut a client whose second request is answered before its first', async () => {
  const app = express()
    .get('/slow', async (_request, response) => {
      await delay(800)
      response.end('slow')
    })
    .get('/fast', (_request, response) => void response.end('fast'))
  const { send, received, socket } = await openConnection(await serve(app, { unreadAnswerTimeoutMs: 200 }))
  send('GET /slow HTTP/1.1\r\nHost: x\r\n\r\nGET /fast HTTP/1.1\r\nHost: x\r\n\r\n')
  await waitFor(() => socket.closed || answersIn(received()).length === 2 || null)
  expect(answersIn(received()).map(({ body }) => body)).toEqual(['slow', 'fast'])
  socket.destroy()
})

describe('a connection between two requests', () => {
  const request = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'

  it('is announced its idle timeout, and closed after it', async () => {
    const app = express().get('/', (_request, response) => void response.end('done'))
    const url = await serve(app, { keepAliveTimeoutMs: 1000, connectionsCheckingIntervalMs: 10 })
    const { send, answer } = await openConnection(url)
    send(request)
    expect(await answer).toMatch(/\r\nConnection: keep-alive\r\nKeep-Alive: timeout=1\r\n[^]*done$/)
  })

  it('is kept while requests arrive, however long reading an earlier answer took', async () => {
    const app = express().get('/', async (_request, response) => {
      response.writeHead(200, ['Content-Length', '4']).flushHeaders()
      await delay(60)
      response.end('done')
    })
    const [unreadAnswerTimeoutMs, keepAliveTimeoutMs] = [1_000, 3_000]
    const url = await serve(app, { unreadAnswerTimeoutMs, keepAliveTimeoutMs, connectionsCheckingIntervalMs: 10 })
    const { send, received, socket } = await openConnection(url)
    // Each pause is longer than the unread timeout, and all of them than the idle timeout.
    for (let answers = 1; answers <= 3; answers += 1) {
      send(request)
      await waitFor(() => socket.closed || answersIn(received()).length === answers || null)
      await delay(unreadAnswerTimeoutMs + 200)
    }
    expect(socket.closed).toBe(false)
    socket.destroy()
  })
})

it('accepts no more connections than its limit', async () => {
  const url = await serve(express(), { maxConnections: 3 })
  const held = await Promise.all([1, 2, 3].map(() => openConnection(url)))
  const oneMore = await openConnection(url)
  expect(await oneMore.answer).toBe('')
  for (const { socket } of held) socket.destroy()
})
