import { type RunningService, startService } from '../support/service.js'
import { describeWithProgram } from './describe-with-program.js'
import { type Gateway, gatewaySecret, startGateway } from '../support/gateway.js'

describeWithProgram('nginx', 'the gateway before the service', (nginx) => {
  let service: RunningService
  let gateway: Gateway

  beforeAll(async () => {
    service = await startService({
      environment: { AUTH_MODE: 'gateway', GATEWAY_SECRET: gatewaySecret, TRUST_PROXY: '127.0.0.1' },
    })
    gateway = await startGateway({ nginx, replicas: [Number(new URL(service.url).port)] })
  })
  afterAll(async () => {
    await gateway.stop()
    await service.stop()
  })

  it('lets a caller in whom it knows', async () => {
    const { status, body } = await gateway.call('/api/face-groups')
    expect(status).toBe(200)
    expect(JSON.parse(body).data[0].id).toBe('Finauth_test_001')
    expect(lastAudit()).toMatchObject({ subject: 'demo', status: 200 })
  })

  it.each([
    ['nobody', null],
    ['a wrong password', 'demo:guess'],
  ])('turns away %s before the service hears of it', async (_who, user) => {
    const before = service.logs().length
    expect((await gateway.call('/api/face-groups', { user })).status).toBe(401)
    expect(service.logs()).toHaveLength(before)
  })

  it('drops the identity that a caller claims', async () => {
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

  it('gives a role its scopes', async () => {
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

  it.each(['/health', '/health/live', '/health/ready'])('tells anyone the status at %s and no more', async (path) => {
    const { status, body } = await gateway.call(path, { user: null })
    expect(status).toBe(200)
    expect(Object.keys(JSON.parse(body))).toEqual(['status'])
  })

  it('is the only way in', async () => {
    const around = await service.call('/api/face-groups', {
      authorization: null,
      headers: { 'X-Forwarded-User': 'demo', 'X-Gateway-Secret': 'guess' },
    })
    expect(around.status).toBe(401)
    expect(await around.json()).toMatchObject({ code: 'unauthenticated' })
  })

  it('logs who asked for which path, and nothing of the query or the password', async () => {
    await gateway.call('/api/face-groups?q=somebody', { user: 'operator:demo' })
    const line = gateway.accessLog().trim().split('\n').at(-1) ?? ''
    expect(JSON.parse(line)).toMatchObject({ user: 'operator', path: '/api/face-groups', status: 200 })
    expect(line).not.toMatch(/somebody|b3BlcmF0b3I6|gateway-secret/)
  })

  function lastAudit(): Record<string, unknown> | undefined {
    return service.logs().findLast((line) => String(line['route']).startsWith('/api/'))
  }
})
