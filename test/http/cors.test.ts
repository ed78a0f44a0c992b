import { type RunningService, startService } from '../support/service.js'
import { waitFor } from '../support/wait-for.js'

const app = 'https://app.example.test'

let running: RunningService
let withCookies: RunningService

beforeAll(async () => {
  running = await startService({ environment: { CORS_ORIGINS: `${app},http://localhost:5173` } })
  withCookies = await startService({ environment: { CORS_ORIGINS: app, JWT_COOKIE: 'session' } })
})
afterAll(() => Promise.all([running.stop(), withCookies.stop()]))

const preflight = (path: string, origin: string, headers = {}) =>
  running.call(path, {
    method: 'OPTIONS',
    authorization: null,
    headers: { origin, 'access-control-request-method': 'GET', ...headers },
  })

const granted = (response: Response) => response.headers.get('access-control-allow-origin')

describe('a preflight', () => {
  it('is answered without authentication, for ten minutes', async () => {
    const response = await preflight('/api/face-groups', app, { 'access-control-request-headers': 'authorization' })
    expect([response.status, await response.text(), granted(response)]).toEqual([204, '', app])
    expect(response.headers.get('access-control-allow-methods')).toBe('GET, HEAD')
    expect(response.headers.get('access-control-max-age')).toBe('600')
    expect(response.headers.get('vary')).toContain('Origin')
  })

  it('allows the headers that a client sends', async () => {
    const { headers } = await preflight('/api/face-groups', app)
    const allowed = headers.get('access-control-allow-headers')?.toLowerCase().split(', ')
    expect(allowed).toEqual(['authorization', 'content-type', 'if-none-match', 'x-request-id', 'traceparent'])
  })

  it('allows POST on routes that have it', async () => {
    const { headers } = await preflight('/api/face-groups/refresh', app)
    expect(headers.get('access-control-allow-methods')).toContain('POST')
  })

  it.each([
    'https://evil.example.test',
    'https://app.example.test.evil.test',
    'http://app.example.test',
    'https://app.example.test:8443',
    'HTTPS://APP.EXAMPLE.TEST',
    'null',
    '*',
  ])('grants nothing to %s', async (origin) => {
    const response = await preflight('/api/face-groups', origin)
    const grants = [...response.headers.keys()].filter((name) => name.startsWith('access-control-'))
    expect([response.status, grants, response.headers.get('vary')]).toEqual([204, [], 'Origin'])
  })

  it('of an unknown route is 404', async () => {
    expect((await preflight('/api/other', app)).status).toBe(404)
  })

  it('is not an ordinary OPTIONS request', async () => {
    const response = await running.call('/api/face-groups', { method: 'OPTIONS', headers: { origin: app } })
    expect(response.status).toBe(405)
  })
})

describe('a page of an allowed origin', () => {
  it.each([
    ['200', '/api/face-groups', {}],
    ['304', '/api/face-groups', { headers: { 'if-none-match': '*' } }],
    ['400', '/api/face-groups?limit=0', {}],
    ['401', '/api/face-groups', { authorization: null }],
    ['403', '/api/face-groups/refresh', { method: 'POST' }],
    ['404', '/api/face-groups/none', {}],
    ['405', '/api/face-groups', { method: 'DELETE' }],
  ])('may read the %s and the headers it needs', async (status, path, options) => {
    const headers = { origin: app, ...('headers' in options && options.headers) }
    const response = await running.call(path, { ...options, headers })
    expect([String(response.status), granted(response)]).toEqual([status, app])
    expect(response.headers.get('vary')).toContain('Origin')
    const exposed = response.headers.get('access-control-expose-headers')?.split(', ')
    for (const name of ['ETag', 'Age', 'Cache-Status', 'Link', 'RateLimit', 'RateLimit-Policy', 'Retry-After'])
      expect(exposed).toContain(name)
    expect(exposed).toEqual(expect.arrayContaining(['X-Request-Id', 'X-Upstream-Request-Id']))
  })

  it('may not send credentials if none are used', async () => {
    const { headers } = await running.call('/api/face-groups', { headers: { origin: app } })
    expect(headers.has('access-control-allow-credentials')).toBe(false)
  })

  it('may send the cookie if callers authenticate by one', async () => {
    const cookie = `session=${await withCookies.token()}`
    const response = await withCookies.call('/api/face-groups', {
      authorization: null,
      headers: { origin: app, cookie },
    })
    expect([response.status, response.headers.get('access-control-allow-credentials')]).toEqual([200, 'true'])
  })
})

it.each(['Vary', 'Content-Length', 'Origin'])(
  'a request id that is the name of the header %s changes nothing',
  async (id) => {
    for (const authorization of [undefined, null]) {
      const headers = { origin: app, 'x-request-id': id }
      const response = await running.call('/api/face-groups', {
        headers,
        ...(authorization === null && { authorization }),
      })
      expect([response.status, response.headers.get('x-request-id')]).toEqual([authorization === null ? 401 : 200, id])
      expect(response.headers.get('vary')).toContain('Origin')
    }
  },
)

it('a preflight is logged under the route (none), like any request that no route answers', async () => {
  await preflight('/api/face-groups', app, { 'x-request-id': 'a-preflight' })
  const line = await waitFor(() => running.logs().find(({ requestId }) => requestId === 'a-preflight') ?? null)
  expect(line).toMatchObject({ method: 'OPTIONS', route: '(none)', status: 204 })
})

describe('a page of any other origin', () => {
  it('may read nothing, and caches keep answers apart by origin', async () => {
    const response = await running.call('/api/face-groups', { headers: { origin: 'https://evil.example.test' } })
    const grants = [...response.headers.keys()].filter((name) => name.startsWith('access-control-'))
    expect([response.status, grants]).toEqual([200, []])
    expect(response.headers.get('vary')).toContain('Origin')
  })
})
