import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { type ProblemCode, problems } from '../../src/http/problem.js'
import { problemViolations } from '../contract/contract.js'
import { freePort } from '../support/redis-server.js'
import {
  type Gateway,
  type GatewayAnswer,
  type GatewayCall,
  type RecordingServer,
  startGateway,
  startRecordingServer,
} from '../support/gateway.js'
import { waitFor } from '../support/wait-for.js'
import { describeWithProgram } from './describe-with-program.js'

/** Every static body in the configuration. */
const bodies = [...readFileSync('deploy/nginx/problems.conf', 'utf8').matchAll(/return (\d{3}) '(.*)';/g)]

it.each(bodies.map(([, status, body = '']) => [Number(status), body.replaceAll(/\$\w+/g, '/id')] as const))(
  'the answer for %s has a matching code and title',
  (status, body) => {
    const problem = JSON.parse(body)
    const { title, status: statusOfCode } = problems[problem.code as ProblemCode]
    expect(problem).toMatchObject({ status, title, type: `/problems/${problem.code}` })
    if (problem.code !== 'invalid_request') expect(statusOfCode).toBe(status)
    expect(problemViolations(problem)).toEqual([])
  },
)

const api = '/api/face-groups'
const allowedOrigin = 'https://app.example.com'

describeWithProgram('nginx', "the gateway's own errors", (nginx) => {
  let replica: RecordingServer
  let gateway: Gateway
  const running: { stop(): Promise<void> }[] = []

  beforeAll(async () => {
    replica = await startRecordingServer((_request, response) => response.end('content'))
    gateway = await startGateway({
      nginx,
      replicas: [replica.port],
      environment: { GATEWAY_CORS_ORIGINS: `https://other.example.com,${allowedOrigin}` },
    })
  })
  afterEach(async () => {
    for (const each of running.splice(0).toReversed()) await each.stop()
  })
  afterAll(async () => {
    await gateway.stop()
    await replica.stop()
  })

  it.each<[string, string, GatewayCall, number, ProblemCode]>([
    ['no credentials', api, { user: null }, 401, 'unauthenticated'],
    ['a hidden path', '/metrics', {}, 404, 'not_found'],
    ['a method that no route has', api, { method: 'TRACE' }, 405, 'method_not_allowed'],
    ['a body that is too large', api, { method: 'POST', body: 'x'.repeat(20_000) }, 413, 'invalid_request'],
    ['a header that is too large', api, { headers: { 'X-Large': 'x'.repeat(10_000) } }, 431, 'invalid_request'],
  ])('%s', async (_what, path, call, status, code) => {
    const answer = await gateway.call(path, call)
    expectProblem(answer, { status, code })
    expect(JSON.parse(answer.body).instance).toBe(path)
  })

  it('answers a HEAD request without a body', async () => {
    expect(await gateway.call(api, { method: 'HEAD', user: null })).toMatchObject({
      status: 401,
      headers: { 'content-type': 'application/problem+json', 'www-authenticate': 'Basic realm="face-groups"' },
      body: '',
    })
  })

  it.each([
    ['a malformed request line', 'GET / HTTP/x\r\n\r\n'],
    ['an invalid host', 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n'],
    ['a request without a host', 'GET / HTTP/1.1\r\n\r\n'],
    ['an unknown transfer coding', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n'],
  ])('%s', async (_what, request) => {
    const answer = parseAnswer(await exchange(request, connectTls({ port: port(), host: 'localhost', ca: gateway.ca })))
    expectProblem(answer, { status: 400, code: 'invalid_request' })
  })

  it('plain HTTP on the port for TLS', async () => {
    const answer = parseAnswer(await exchange('GET / HTTP/1.1\r\nHost: a\r\n\r\n', connect(port(), '127.0.0.1')))
    expectProblem(answer, { status: 400, code: 'invalid_request' })
  })

  it('no listening replica, and one that does not answer', async () => {
    const silent = await startRecordingServer((request) => request.socket.destroy())
    running.push(silent)
    for (const replicaPort of [await freePort(), silent.port]) {
      const before = await startGateway({ nginx, replicas: [replicaPort] })
      running.push(before)
      const answer = await before.call(api)
      expectProblem(answer, { status: 502, code: 'upstream_invalid_response' })
      expect([answer.headers['retry-after'], JSON.parse(answer.body).retryAfterSeconds]).toEqual(['5', 5])
    }
  })

  it('one address over its limit, while another is served', async () => {
    const limited = await startGateway({
      nginx,
      replicas: [replica.port],
      environment: { GATEWAY_REQUESTS_PER_SECOND: '1' },
    })
    running.push(limited)
    const answers = await Promise.all(Array.from({ length: 40 }, () => limited.call(api)))
    const refused = answers.filter(({ status }) => status !== 200)
    expect(answers.length - refused.length).toBeGreaterThanOrEqual(5)
    expect(refused.length).toBeGreaterThan(0)
    for (const answer of refused) expectProblem(answer, { status: 429, code: 'rate_limited' })
    expect(refused[0]?.headers['retry-after']).toBe('1')
    expect((await limited.call(api, { from: '127.0.0.2' })).status).toBe(200)
  })

  it('too many concurrent requests of one address', async () => {
    const waiting: (() => void)[] = []
    const slow = await startRecordingServer((_request, response) => waiting.push(() => response.end('content')))
    const limited = await startGateway({
      nginx,
      replicas: [slow.port],
      environment: { GATEWAY_CONCURRENT_REQUESTS: '2' },
    })
    running.push(slow, limited)
    const answers: GatewayAnswer[] = []
    const calls = Array.from({ length: 5 }, async () => answers.push(await limited.call(api)))
    await waitFor(() => answers.length === 3 && waiting.length === 2)
    for (const answer of answers) expectProblem(answer, { status: 429, code: 'rate_limited' })
    for (const respond of waiting) respond()
    await Promise.all(calls)
    expect(answers.slice(3).map(({ status }) => status)).toEqual([200, 200])
  })

  it('counts by the address forwarded by a trusted load balancer, and by no other', async () => {
    const environment = { GATEWAY_REQUESTS_PER_SECOND: '1', GATEWAY_TRUSTED_PROXIES: '127.0.0.1' }
    const limited = await startGateway({ nginx, replicas: [replica.port], environment })
    running.push(limited)
    for (let n = 1; n <= 20; n += 1) {
      const { status } = await limited.call(api, { headers: { 'X-Forwarded-For': `10.0.0.${n}` } })
      expect(status).toBe(200)
    }
    expect(replica.requests.at(-1)?.headers['x-forwarded-for']).toBe('10.0.0.20')
    await limited.call(api, { from: '127.0.0.2', headers: { 'X-Forwarded-For': '10.0.0.1' } })
    expect(replica.requests.at(-1)?.headers['x-forwarded-for']).toBe('127.0.0.2')
  })

  it('keeps a caller from ending the JSON string', async () => {
    const headers = { 'X-Request-Id': 'a"b' }
    const { body } = await gateway.call('/metrics/%22?"x\\', { headers })
    expect(JSON.parse(body)).toMatchObject({
      instance: '/metrics/%22',
      requestId: expect.stringMatching(/^[0-9a-f]{32}$/),
    })
    const raw = 'GET /metrics"\\ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
    const answer = parseAnswer(await exchange(raw, connectTls({ port: port(), host: 'localhost', ca: gateway.ca })))
    expect(JSON.parse(answer.body).instance).toMatch(/^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  })

  it("keeps the caller's request id, and logs it with the address and the status", async () => {
    const answer = await gateway.call(`${api}?q=somebody`, { user: null, headers: { 'X-Request-Id': 'abc-1' } })
    expect([answer.headers['x-request-id'], JSON.parse(answer.body).requestId]).toEqual(['abc-1', 'abc-1'])
    const line = gateway.accessLog().trim().split('\n').at(-1) ?? ''
    expect(JSON.parse(line)).toMatchObject({ remote_addr: '127.0.0.1', request_id: 'abc-1', status: 401, path: api })
    expect(line).not.toContain('somebody')
  })

  it('can be read by a page of an allowed origin, and by no other page', async () => {
    const allowed = await gateway.call(api, { user: null, headers: { Origin: allowedOrigin } })
    expect(allowed.headers).toMatchObject({
      vary: 'Origin',
      'access-control-allow-origin': allowedOrigin,
      'access-control-allow-credentials': 'true',
    })
    const other = await gateway.call(api, { user: null, headers: { Origin: 'https://app.example.com.evil.example' } })
    expect(other.headers).not.toHaveProperty('access-control-allow-origin')
    expect(other.headers).not.toHaveProperty('access-control-allow-credentials')
  })

  it('rejects an origin that nginx would parse as syntax, and a limit that is not a number', async () => {
    for (const environment of [
      { GATEWAY_CORS_ORIGINS: 'https://a;b' },
      { GATEWAY_REQUESTS_PER_SECOND: 'many' },
    ] as Record<string, string>[]) {
      const starting = startGateway({ nginx, replicas: [replica.port], environment })
      await expect(starting).rejects.toMatchObject({ name: 'GatewayRefusedError', exitCode: 78 })
    }
  })

  const port = () => Number(new URL(gateway.origin).port)
})

/** Expects a consistent problem, with the headers and the service's own title. */
function expectProblem(
  { status, headers, body }: GatewayAnswer,
  expected: { status: number; code: ProblemCode },
): void {
  expect({ status, type: headers['content-type'] }).toEqual({
    status: expected.status,
    type: 'application/problem+json',
  })
  const problem = JSON.parse(body)
  const { code } = expected
  expect(problem).toMatchObject({ ...expected, type: `/problems/${code}`, title: problems[code].title })
  expect(problemViolations(problem)).toEqual([])
  expect(problem.requestId).toBe(headers['x-request-id'])
  expect(headers['cache-control']).toBe('no-store')
}

async function exchange(request: string, socket: ReturnType<typeof connect>): Promise<string> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.write(request)
  await once(socket, 'end')
  socket.destroy()
  return Buffer.concat(chunks).toString()
}

function parseAnswer(text: string): GatewayAnswer {
  const [head = '', body = ''] = text.split('\r\n\r\n')
  const [statusLine = '', ...lines] = head.split('\r\n')
  const headers = lines.map((line) => [
    line.slice(0, line.indexOf(':')).toLowerCase(),
    line.slice(line.indexOf(':') + 2),
  ])
  return { status: Number(statusLine.split(' ')[1]), headers: Object.fromEntries(headers), body }
}
