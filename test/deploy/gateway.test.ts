import { createFaceGroupsClient } from '../../client/src/face-groups-client.js'
import { type RunningService, startService } from '../support/service.js'
import { describeWithProgram } from './describe-with-program.js'
import { type Gateway, gatewaySecret, startGateway } from '../support/gateway.js'

const appOrigin = 'https://app.example.com'

describeWithProgram('nginx', 'the gateway in front of the service', (nginx) => {
  let service: RunningService
  let gateway: Gateway

  beforeAll(async () => {
    service = await startService({
      environment: {
        AUTH_MODE: 'gateway',
        GATEWAY_SECRET: gatewaySecret,
        TRUST_PROXY: '127.0.0.1',
        CORS_ORIGINS: appOrigin,
      },
    })
    gateway = await startGateway({ nginx, replicas: [Number(new URL(service.url).port)] })
  })
  afterAll(async () => {
    await gateway.stop()
    await service.stop()
  })

  it('admits a known caller', async () => {
    const { status, body } = await gateway.call('/api/face-groups')
    expect(status).toBe(200)
    expect(JSON.parse(body).data[0].id).toBe('Finauth_test_001')
    expect(lastAudit()).toMatchObject({ subject: 'demo', status: 200 })
  })

  it.each([
    ['an anonymous caller', null],
    ['a wrong password', 'demo:guess'],
  ])('rejects %s before the request reaches the service', async (_who, user) => {
    const before = service.logs().length
    expect((await gateway.call('/api/face-groups', { user })).status).toBe(401)
    expect(service.logs()).toHaveLength(before)
  })

  it('drops the identity headers of a caller', async () => {
    const headers = {
      'X-Forwarded-User': 'root',
      'X-Forwarded-Scopes': 'face-groups:refresh',
      'X-Gateway-Secret': 'guess',
      'Sec-Fetch-Site': 'same-origin',
    }
    const { status, body } = await gateway.call('/api/face-groups/refresh', { method: 'POST', headers })
    expect({ status, code: JSON.parse(body).code }).toEqual({ status: 403, code: 'forbidden' })
    expect(lastAudit()).toMatchObject({ subject: 'demo' })
  })

  it('maps a role to its scopes', async () => {
    const headers = { 'Sec-Fetch-Site': 'same-origin' }
    const call = { method: 'POST', user: 'operator:demo', headers }
    expect((await gateway.call('/api/face-groups/refresh', call)).status).toBe(200)
    expect(lastAudit()).toMatchObject({ subject: 'operator' })
  })

  it.each(['/metrics', '/metrics/', '//metrics', '/%6detrics', '/api/../metrics'])('hides %s', async (path) => {
    const { status, body } = await gateway.call(path)
    expect(status).toBe(404)
    expect(body).not.toMatch(/http_request_duration_seconds/)
  })

  it.each(['/health', '/health/live', '/health/ready'])('shows only the status at %s', async (path) => {
    const { status, body } = await gateway.call(path, { user: null })
    expect(status).toBe(200)
    expect(Object.keys(JSON.parse(body))).toEqual(['status'])
  })

  it('is the only access to the service', async () => {
    const around = await service.call('/api/face-groups', {
      authorization: null,
      headers: { 'X-Forwarded-User': 'demo', 'X-Gateway-Secret': 'guess' },
    })
    expect(around.status).toBe(401)
    expect(await around.json()).toMatchObject({ code: 'unauthenticated' })
  })

  it('logs who requested which path, without the query and the password', async () => {
    await gateway.call('/api/face-groups?q=somebody', { user: 'operator:demo' })
    const line = gateway.accessLog().trim().split('\n').at(-1) ?? ''
    expect(JSON.parse(line)).toMatchObject({ user: 'operator', path: '/api/face-groups', status: 200 })
    expect(line).not.toMatch(/somebody|b3BlcmF0b3I6|gateway-secret/)
  })

  it('answers a preflight without credentials, and allows the origin', async () => {
    const preflight = await gateway.call('/api/face-groups', {
      method: 'OPTIONS',
      user: null,
      headers: {
        Origin: appOrigin,
        'Access-Control-Request-Method': 'GET',
        'Access-Control-Request-Headers': 'if-none-match',
      },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': appOrigin,
      'access-control-allow-methods': expect.stringContaining('GET'),
      'access-control-allow-headers': expect.stringContaining('If-None-Match'),
    })
    const answer = await gateway.call('/api/face-groups', { headers: { Origin: appOrigin } })
    expect(answer.headers).toMatchObject({ 'access-control-allow-origin': appOrigin })
  })

  it('forwards no identity for OPTIONS, whose credentials are not verified', async () => {
    const headers = { 'X-Forwarded-User': 'root' }
    await gateway.call('/api/face-groups', { method: 'OPTIONS', user: 'operator:guess', headers })
    expect(lastAudit()).not.toHaveProperty('subject')
  })

  it('forwards the request id and returns it once', async () => {
    const { headers } = await gateway.call('/api/face-groups', { headers: { 'X-Request-Id': 'abc-1' } })
    expect(headers['x-request-id']).toBe('abc-1')
    expect(lastAudit()).toMatchObject({ requestId: 'abc-1', clientAddress: '127.0.0.1' })
  })

  describe('for the typed client', () => {
    const clientOf = (user: string | null) =>
      createFaceGroupsClient({
        baseUrl: gateway.origin,
        fetch: async ({ method, url, headers }) => {
          const { pathname, search } = new URL(url)
          const answer = await gateway.call(pathname + search, { method, user, headers: Object.fromEntries(headers) })
          const given = Object.entries(answer.headers).map(([name, value]) => [name, String(value)] as [string, string])
          return new Response(answer.body || null, { status: answer.status, headers: given })
        },
      })

    it('is transparent: a list, an unchanged list, a missing group', async () => {
      const client = clientOf('demo:demo')
      const { data } = await client.list()
      expect(data).toHaveLength(3)
      expect((await client.list()).facts).toMatchObject({ changed: false })
      await expect(client.get('unknown')).rejects.toMatchObject({ code: 'not_found', title: 'Not found' })
    })

    it("explains the gateway's own errors", async () => {
      await expect(clientOf(null).list()).rejects.toMatchObject({
        code: 'unauthenticated',
        status: 401,
        requestId: expect.stringMatching(/^[0-9a-f]{32}$/),
      })
      await expect(clientOf('demo:demo').get('x'.repeat(9000))).rejects.toMatchObject({
        code: 'invalid_request',
        status: 431,
      })
    })
  })

  function lastAudit(): Record<string, unknown> | undefined {
    return service.logs().findLast((line) => String(line['route']).startsWith('/api/'))
  }
})
