import { waitFor } from '../support/wait-for.js'
import { type CallOptions, type RunningService, startService, type StartServiceOptions } from '../support/service.js'

const scope = 'face-groups:refresh'

type Asking = Omit<CallOptions, 'headers'> & { readonly headers?: Readonly<Record<string, string>> }

let running: RunningService | undefined
afterEach(async () => {
  await running?.stop()
  running = undefined
})

async function start(options: StartServiceOptions = {}): Promise<RunningService> {
  running = await startService(options)
  return running
}

/** The only audit line that the request caused. */
async function auditOf(service: RunningService, path: string, options: Asking = {}) {
  const before = audited(service).length
  await service.call(path, { ...options, headers: { 'x-request-id': 'the-request', ...options.headers } })
  // The line is written after the answer, so the caller may be faster.
  await waitFor(() => audited(service).length > before || null)
  const lines = audited(service).slice(before)
  expect(lines).toHaveLength(1)
  return lines[0]
}

const audited = (service: RunningService) => service.logs().filter(({ level }) => level === 'audit')

it('an audit line contains who saw what and how many groups, and nothing else', async () => {
  const service = await start()
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  expect(await auditOf(service, '/api/face-groups?limit=2&q=test', { headers: { traceparent } })).toEqual({
    level: 'audit',
    time: expect.any(Number),
    service: 'face-groups',
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    clientAddress: '127.0.0.1',
    msg: 'audit',
    method: 'GET',
    route: '/api/face-groups',
    status: 200,
    durationMs: expect.any(Number),
    requestId: 'the-request',
    traceId: '0af7651916cd43dd8448eb211c80319c',
    cache: 'fresh',
    disclosed: 2,
    subject: 'dev-user',
  })
})

it('LOG_CLIENT_ADDRESS=off omits the client address', async () => {
  const service = await start({ environment: { LOG_CLIENT_ADDRESS: 'off' } })
  expect(await auditOf(service, '/api/face-groups')).not.toHaveProperty('clientAddress')
})

it('the client address is the forwarded one behind a trusted proxy, otherwise the peer', async () => {
  const headers = { 'x-forwarded-for': '203.0.113.7' }
  const trusting = await start({ environment: { TRUST_PROXY: '127.0.0.0/8' } })
  expect(await auditOf(trusting, '/api/face-groups', { headers })).toMatchObject({ clientAddress: '203.0.113.7' })
  await trusting.stop()
  const careful = await start()
  expect(await auditOf(careful, '/api/face-groups', { headers })).toMatchObject({ clientAddress: '127.0.0.1' })
})

it('each access to data is logged once, whether it was refused or not', async () => {
  const service = await start({ environment: { JWT_READ_SCOPE: 'read' } })
  const as = async (scopes: string) => ({
    authorization: `Bearer ${await service.token({ sub: 'ada', scope: scopes })}`,
  })
  const reader = await as('read')
  const list = '/api/face-groups'
  const one = '/api/face-groups/{groupId}'
  const refresh = '/api/face-groups/refresh'
  const cases: [string, Asking, Record<string, unknown>][] = [
    [list, reader, { route: list, status: 200, disclosed: 3, subject: 'ada' }],
    [list, { ...reader, method: 'HEAD' }, { route: list, method: 'HEAD', status: 200, disclosed: 3 }],
    [
      list,
      { ...reader, headers: { 'if-none-match': '*' } },
      { route: list, status: 304, disclosed: 3, subject: 'ada' },
    ],
    [`${list}/Finauth_test_001`, reader, { route: one, status: 200, disclosed: 1, group: 'Finauth_test_001' }],
    [`${list}/no-such`, reader, { route: one, status: 404, disclosed: 0, problem: 'not_found', subject: 'ada' }],
    [`${list}?limit=0`, reader, { route: list, status: 400, problem: 'invalid_request', subject: 'ada' }],
    [list, { authorization: null }, { route: list, status: 401, problem: 'unauthenticated' }],
    [list, { authorization: 'Bearer guess' }, { route: list, status: 401, problem: 'unauthenticated' }],
    [
      list,
      await as('other'),
      { route: list, status: 403, problem: 'forbidden', reason: 'missing_scope', subject: 'ada' },
    ],
    [refresh, { ...reader, method: 'POST' }, { route: refresh, status: 403, problem: 'forbidden', subject: 'ada' }],
    [
      refresh,
      { ...(await as(scope)), method: 'POST', headers: { origin: 'https://evil.test' } },
      { status: 403, problem: 'cross_site_request', reason: 'cross_site', subject: 'ada' },
    ],
    [
      refresh,
      { ...(await as(scope)), method: 'POST' },
      { route: refresh, method: 'POST', status: 200, disclosed: 3, subject: 'ada' },
    ],
    [
      refresh,
      { ...(await as(scope)), method: 'POST' },
      { route: refresh, status: 429, problem: 'rate_limited', subject: 'ada' },
    ],
  ]
  for (const [path, options, expected] of cases) {
    const line = await auditOf(service, path, options)
    expect({ path, line }).toMatchObject({ path, line: { ...expected, requestId: 'the-request' } })
    if (!('disclosed' in expected)) expect(line).not.toHaveProperty('disclosed')
    if (!('subject' in expected) && expected['status'] === 401) expect(line).not.toHaveProperty('subject')
  }
})

it('a request over the quota is audited too', async () => {
  const service = await start({ environment: { RATE_LIMIT_PER_MINUTE: '1' } })
  await auditOf(service, '/api/face-groups')
  const line = await auditOf(service, '/api/face-groups')
  expect(line).toMatchObject({ status: 429, problem: 'rate_limited', subject: 'dev-user' })
})

it('a caller that disconnected is audited without disclosed groups', async () => {
  const service = await start()
  service.simulator.set('hang')
  const before = service.simulator.calls().total
  const leave = new AbortController()
  const authorization = `Bearer ${await service.token({ scope })}`
  const leaving = service.call('/api/face-groups/refresh', {
    method: 'POST',
    authorization,
    signal: leave.signal,
  })
  await waitFor(() => service.simulator.calls().total > before || null)
  leave.abort()
  await expect(leaving).rejects.toMatchObject({ name: 'AbortError' })
  await waitFor(() => audited(service).length > 0 || null)
  const [line] = audited(service)
  expect(line).toMatchObject({ status: 499, subject: 'dev-user' })
  expect(line).not.toHaveProperty('disclosed')
})

it.each(['error', 'fatal'])('LOG_LEVEL=%s drops no audit line', async (level) => {
  const service = await start({ environment: { LOG_LEVEL: level } })
  expect(await auditOf(service, '/api/face-groups')).toMatchObject({ disclosed: 3, subject: 'dev-user' })
  await service.call('/health')
  expect(service.logs().filter((line) => line['level'] !== 'audit')).toEqual([])
})

it('requests for anything but data are not audited', async () => {
  const service = await start()
  for (const path of ['/health', '/openapi.json', '/docs', '/nothing']) await service.call(path)
  expect(audited(service)).toEqual([])
})
