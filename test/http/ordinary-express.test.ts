import cors from 'cors'
import express, { type NextFunction, type Request, type Response, Router } from 'express'
import { pino } from 'pino'
import { pinoHttp } from 'pino-http'
import request from 'supertest'
import { createApp } from '../../src/http/app.js'
import { dataSecurity, dataSecurityHeaders } from '../../src/http/security-headers.js'
import { type RunningService, startService } from '../support/service.js'
import { waitFor } from '../support/wait-for.js'

const lines: string[] = []

/** What another team adds: third-party middleware, and handlers written as Express documents them. */
function thirdPartyRoutes(): Router {
  const router = Router()
  router.use(pinoHttp({ logger: pino({}, { write: (line: string) => void lines.push(line) }) }))
  router.use('/their/cors', cors({ origin: 'https://other.example.test' }))
  router.use('/their/body', express.json({ limit: 100 }))
  router.get('/their/json', (_request, response) => {
    response.locals['seen'] = 'yes'
    response.status(201).json({ seen: response.locals['seen'] as unknown })
  })
  router.get('/their/items/:id', (asked, response) => void response.json({ id: asked.params.id, query: asked.query }))
  router.get('/their/text', (_request, response) => void response.send('some text'))
  router.get('/their/cors', (_request, response) => void response.send('for another origin'))
  router.get('/their/elsewhere', (_request, response) => response.redirect('/their/text'))
  router.get('/their/fresh', (asked, response) => {
    response.set('ETag', '"1"')
    if (asked.fresh) response.status(304).end()
    else response.json({ fresh: asked.fresh })
  })
  router.post('/their/body', (asked: Request<object, unknown, unknown>, response) => void response.json(asked.body))
  router.get('/their/error', () => {
    throw new Error('secret-detail')
  })
  router.get('/their/rejection', async () => {
    await Promise.resolve()
    throw new Error('secret-detail')
  })
  router.get('/their/next', (_request: Request, _response: Response, next: NextFunction) => {
    next(new Error('secret-detail'))
  })
  router.get('/their/half', (_request, response) => {
    response.write('half an answer')
    throw new Error('secret-detail')
  })
  return router
}

let running: RunningService
beforeAll(async () => {
  running = await startService({ routes: [thirdPartyRoutes()] })
})
afterAll(() => running.stop())

const get = (path: string) => request(running.url).get(path).redirects(0).set('x-request-id', `for:${path}`)

it.each([
  ['/their/json', 201, { seen: 'yes' }],
  ['/their/items/7?a=b&a=c', 200, { id: '7', query: { a: ['b', 'c'] } }],
])('a handler’s res.json at %s answers %i', async (path, status, body) => {
  const response = await get(path)
  expect([response.status, response.body]).toEqual([status, body])
  expect(response.headers['content-type']).toBe('application/json; charset=utf-8')
})

it('res.send adds an ETag that revalidates', async () => {
  const first = await get('/their/text')
  expect(first.text).toBe('some text')
  const again = await get('/their/text').set('if-none-match', first.headers['etag'] ?? '')
  expect([again.status, again.text]).toEqual([304, ''])
})

it('req.fresh compares with the ETag that the handler set', async () => {
  expect((await get('/their/fresh')).body).toEqual({ fresh: false })
  expect((await get('/their/fresh').set('if-none-match', '"1"')).status).toBe(304)
})

it('res.redirect redirects', async () => {
  const response = await get('/their/elsewhere')
  expect([response.status, response.headers['location']]).toEqual([302, '/their/text'])
})

it('third-party middleware reads bodies, sets headers and logs', async () => {
  const posted = await request(running.url).post('/their/body').send({ a: 1 })
  expect([posted.status, posted.body]).toEqual([200, { a: 1 }])
  const shared = await get('/their/cors').set('origin', 'https://other.example.test')
  expect(shared.headers['access-control-allow-origin']).toBe('https://other.example.test')
  await waitFor(() => lines.some((line) => line.includes('"url":"/their/cors"')) || null)
})

it.each([
  ['too large', 413, JSON.stringify({ a: 'x'.repeat(200) })],
  ['invalid JSON', 400, '{"a":'],
])('a body that is %s is rejected with the status of the middleware, as a problem', async (_what, status, body) => {
  const response = await request(running.url).post('/their/body').set('content-type', 'application/json').send(body)
  expect(response.status).toBe(status)
  expect(response.headers['content-type']).toBe('application/problem+json')
  expect(response.body).toMatchObject({ code: 'invalid_request', status })
})

it.each(['/their/error', '/their/rejection', '/their/next'])(
  'the error of %s becomes a problem without its text',
  async (path) => {
    const response = await get(path)
    expect([response.status, response.headers['content-type']]).toEqual([500, 'application/problem+json'])
    expect(response.body).toMatchObject({ code: 'internal', instance: path, requestId: `for:${path}` })
    expect(response.text).not.toContain('secret-detail')
  },
)

it.each(['/their/json', '/their/text', '/their/elsewhere', '/their/error'])(
  'the answer of %s has the security headers, a log line and a metric',
  async (path) => {
    const { headers, status } = await get(path)
    for (let i = 0; i < dataSecurityHeaders.length; i += 2) {
      expect(headers).toHaveProperty(dataSecurityHeaders[i]!.toLowerCase(), dataSecurityHeaders[i + 1])
    }
    expect(headers).toHaveProperty('x-request-id', `for:${path}`)
    expect(headers).not.toHaveProperty('x-powered-by')
    const line = await waitFor(
      () => running.logs().find(({ requestId, route }) => requestId === `for:${path}` && route === path) ?? null,
    )
    expect(line).toMatchObject({ level: 'info', msg: 'request', method: 'GET', status })
    const metrics = await (await fetch(`${running.adminUrl}/metrics`)).text()
    expect(metrics).toContain(`http_request_duration_seconds_count{method="GET",route="${path}",status="${status}"}`)
  },
)

it('a path parameter is a template, not its value, in logs and metrics', async () => {
  await get('/their/items/4711')
  await waitFor(() => running.logs().some(({ route }) => route === '/their/items/{id}') || null)
  expect(JSON.stringify(running.logs().map(({ route }) => route))).not.toContain('4711')
})

it('an answer that fails while it is written closes its own connection and affects no other', async () => {
  const others = Promise.all(Array.from({ length: 20 }, () => running.call('/api/face-groups')))
  await expect(get('/their/half')).rejects.toMatchObject({ code: 'ECONNRESET' })
  for (const response of await others)
    expect([response.status, (await response.text()).length > 0]).toEqual([200, true])
  const line = await waitFor(() => running.logs().find(({ route }) => route === '/their/half') ?? null)
  expect(line).toMatchObject({ status: 499 })
})

it('the precomputed security headers equal helmet’s', async () => {
  const app = express().use(dataSecurity, (_request, response) => void response.end())
  app.disable('x-powered-by')
  const { headers } = await request(app).get('/')
  const readyMade: Record<string, string> = {}
  for (let i = 0; i < dataSecurityHeaders.length; i += 2) {
    readyMade[dataSecurityHeaders[i]!.toLowerCase()] = dataSecurityHeaders[i + 1]!
  }
  const {
    connection: _connection,
    date: _date,
    'transfer-encoding': _coding,
    'content-length': _length,
    ...set
  } = headers
  expect(readyMade).toEqual(set)
})

it('middleware mounted around the whole app adds to the answers of the resource', async () => {
  const outer = express()
  outer.use((_request, response, next) => {
    response.setHeader('X-Outer', 'yes').vary('X-Tenant')
    next()
  })
  outer.use(
    createApp({
      trustProxy: [],
      health: () => {
        throw new Error('not asked for here')
      },
      addResource: (router) => void router.get('/', (_request, response) => void response.json({})),
      routes: [],
      onEnd() {},
      isShuttingDown: () => false,
      onUnexpectedError() {},
    }),
  )
  const found = await request(outer).get('/')
  expect(found.headers).toMatchObject({ 'x-outer': 'yes', vary: 'X-Tenant' })
  const missing = await request(outer).get('/none')
  expect([missing.status, missing.headers['x-outer']]).toEqual([404, 'yes'])
})
