import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createFaceGroupsClient } from '../../client/src/face-groups-client.js'

interface GatewayAnswer {
  readonly status: number
  readonly headers?: Record<string, string>
  readonly body?: string
}

const page = '<!doctype html><title>gateway</title>'
const html = { 'content-type': 'text/html' }

describe('the client behind a gateway', () => {
  let answer: GatewayAnswer
  let requests: { url: string | undefined; authorization: string | undefined }[] = []
  let server: Server
  let url: string
  beforeAll(async () => {
    server = createServer(({ url: path, headers: { authorization } }, response) => {
      requests.push({ url: path, authorization })
      response.writeHead(answer.status, answer.headers).end(answer.body ?? page)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => new Promise((resolve) => server.close(resolve)))
  beforeEach(() => {
    requests = []
    answer = { status: 500, headers: html }
  })

  it.each([
    [401, 'unauthenticated'],
    [403, 'forbidden'],
    [404, 'not_found'],
    [429, 'rate_limited'],
    [500, 'internal'],
    [501, 'internal'],
    [502, 'upstream_unavailable'],
    [503, 'upstream_unavailable'],
    [504, 'upstream_timeout'],
    [413, 'unreadable_answer'],
    [200, 'unreadable_answer'],
  ])('maps a gateway page with status %d to %s', async (status, code) => {
    answer = { status, headers: { ...html, 'x-request-id': 'of-the-gateway' } }
    const problem = { code, status, requestId: 'of-the-gateway', retryAfterSeconds: null, errors: [] }
    await expect(createFaceGroupsClient({ baseUrl: url }).list()).rejects.toMatchObject(problem)
  })

  it('reports how long the gateway asks to wait', async () => {
    answer = { status: 429, headers: { ...html, 'retry-after': '17' } }
    await expect(createFaceGroupsClient({ baseUrl: url }).list()).rejects.toMatchObject({ retryAfterSeconds: 17 })
  })

  it('maps an error document of another service by its status', async () => {
    answer = { status: 403, headers: { 'content-type': 'application/json' }, body: '{"message":"no route"}' }
    await expect(createFaceGroupsClient({ baseUrl: url }).list()).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('rejects with `unreadable_answer` when the JSON is cut off', async () => {
    answer = { status: 200, headers: { 'content-type': 'application/json' }, body: '{"data": [' }
    await expect(createFaceGroupsClient({ baseUrl: url }).list()).rejects.toMatchObject({ code: 'unreadable_answer' })
  })

  it.each([
    ['throws', () => raise(new Error('signed out'))],
    ['rejects', () => Promise.reject(new Error('signed out'))],
  ])('rejects with `token_unavailable` and sends nothing when token() %s', async (_how, token) => {
    const problem: unknown = await createFaceGroupsClient({ baseUrl: url, token })
      .list()
      .catch((error: unknown) => error)
    expect(problem).toMatchObject({ code: 'token_unavailable', status: 0, cause: { message: 'signed out' } })
    expect(requests).toEqual([])
  })

  it('rejects with `token_unavailable` for a token that cannot be sent as a header', async () => {
    const client = createFaceGroupsClient({ baseUrl: url, token: () => 'line\nbreak' })
    await expect(client.get('one')).rejects.toMatchObject({ code: 'token_unavailable' })
  })

  it.each([
    undefined,
    '',
    '/relative',
    'face-groups.example.com',
    'ftp://face-groups.example.com',
    'https://user:password@face-groups.example.com',
    'https://face-groups.example.com/?tenant=1',
    'https://face-groups.example.com/#top',
  ])('rejects with `invalid_configuration` for the base URL %j', async (baseUrl) => {
    const client = createFaceGroupsClient(baseUrl === undefined ? {} : { baseUrl })
    for (const call of [() => client.list(), () => client.get('one'), () => client.refresh()]) {
      await expect(call()).rejects.toMatchObject({ code: 'invalid_configuration', status: 0 })
    }
  })

  it('keeps the path of the base URL', async () => {
    const client = createFaceGroupsClient({ baseUrl: `${url}/behind/a/gateway/`, token: () => 'a-token' })
    await expect(client.list({ limit: 5 })).rejects.toMatchObject({ code: 'internal' })
    expect(requests).toEqual([{ url: '/behind/a/gateway/api/face-groups?limit=5', authorization: 'Bearer a-token' }])
  })
})

function raise(error: Error): never {
  throw error
}
