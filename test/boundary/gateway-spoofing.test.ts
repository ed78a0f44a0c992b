import type { OutgoingHttpHeaders } from 'node:http'
import { describeWithProgram } from '../deploy/describe-with-program.js'
import { type Gateway, type GatewayOptions, gatewaySecret, startGateway } from '../support/gateway.js'
import { type RunningService, startService } from '../support/service.js'

const scope = 'face-groups:refresh'
/** A same-origin page, so that only the scope decides about the refresh. */
const ours = { 'Sec-Fetch-Site': 'same-origin' }

/** What a caller named `demo`, who may read everything and refresh nothing, might send to impersonate another. */
const spoofs: Record<string, OutgoingHttpHeaders> = {
  'another name and scope': { 'X-Forwarded-User': 'operator', 'X-Forwarded-Scopes': scope },
  'them in another case': { 'x-FORWARDED-user': 'operator', 'X-forwarded-SCOPES': scope },
  'them several times': { 'X-Forwarded-User': ['operator', 'root'], 'X-Forwarded-Scopes': [scope, scope] },
  'them with underscores': { X_Forwarded_User: 'operator', X_Forwarded_Scopes: scope, 'X_Forwarded-Scopes': scope },
  'the names that sign-ons use': {
    'X-Auth-Request-User': 'operator',
    'Remote-User': 'operator',
    'X-Remote-User': 'operator',
  },
  'other libraries to see': { 'X-Forwarded-Groups': 'no-such-*' },
  'a secret of the gateway': { 'X-Gateway-Secret': 'guess' },
  'the secret twice, with underscores': { X_Gateway_Secret: gatewaySecret, 'X-Gateway_Secret': gatewaySecret },
  'a Connection header that drops what the gateway adds': {
    Connection: 'X-Forwarded-User, X-Gateway-Secret, X-Forwarded-Scopes',
  },
  'another origin of the request': {
    'X-Forwarded-For': '10.0.0.1',
    'X-Real-IP': '10.0.0.1',
    Forwarded: 'for=10.0.0.1;proto=https',
  },
  'another method and address': {
    'X-HTTP-Method-Override': 'POST',
    'X-Original-URL': '/metrics',
    'X-Rewrite-URL': '/metrics',
  },
}

describeWithProgram('nginx', 'a spoofed identity', (nginx) => {
  const running: { stop(): Promise<void> }[] = []
  afterEach(async () => {
    for (const each of running.splice(0).toReversed()) await each.stop()
  })

  async function serve(environment: Record<string, string>): Promise<RunningService> {
    const service = await startService({ environment })
    running.push(service)
    return service
  }

  async function gatewayBefore({ url }: RunningService): Promise<Gateway> {
    const options: GatewayOptions = { nginx, replicas: [Number(new URL(url).port)] }
    const gateway = await startGateway(options)
    running.push(gateway)
    return gateway
  }

  const gatewayMode = { AUTH_MODE: 'gateway', GATEWAY_SECRET: gatewaySecret }
  const behindGateway = { ...gatewayMode, TRUST_PROXY: '127.0.0.1', AUTH_GROUPS_CLAIM: 'x-forwarded-groups' }

  it('through the gateway has no effect, whatever is sent', async () => {
    const service = await serve(behindGateway)
    const gateway = await gatewayBefore(service)
    const calls = service.simulator.calls().total
    for (const [what, headers] of Object.entries(spoofs)) {
      const read = await gateway.call('/api/face-groups', { headers })
      const refresh = await gateway.call('/api/face-groups/refresh', {
        method: 'POST',
        headers: { ...headers, ...ours },
      })
      const seen = [read.status, JSON.parse(read.body).page?.total, refresh.status, JSON.parse(refresh.body).code]
      expect({ what, seen }).toEqual({ what, seen: [200, 3, 403, 'forbidden'] })
    }
    const audited = service.logs().filter(({ level }) => level === 'audit')
    expect(new Set(audited.map(({ subject }) => subject))).toEqual(new Set(['demo']))
    expect(service.simulator.calls().total).toBe(calls)
  })

  it('around the gateway is 401, whatever is sent', async () => {
    const service = await serve(behindGateway)
    const asked = { 'X-Forwarded-User': 'operator', 'X-Forwarded-Scopes': scope, 'X-Forwarded-Groups': '*' }
    for (const [what, spoof] of Object.entries(spoofs)) {
      const headers = new Headers(asked)
      for (const [name, values] of Object.entries(spoof)) {
        if (name === 'Connection') continue // This client does not allow setting it.
        for (const value of [values].flat()) headers.append(name, String(value))
      }
      const { status } = await service.call('/api/face-groups', { authorization: null, headers })
      expect({ what, status }).toEqual({ what, status: 401 })
    }
  })

  it('does not evade the rate limit, which counts the authenticated caller', async () => {
    const service = await serve({ ...behindGateway, RATE_LIMIT_PER_MINUTE: '5' })
    const gateway = await gatewayBefore(service)
    const ask = async (n: number, user: string) => {
      const headers = { 'X-Forwarded-For': `10.0.0.${n}`, 'X-Forwarded-User': `user-${n}` }
      return (await gateway.call('/api/face-groups', { user, headers })).status
    }
    const statuses = []
    for (let n = 0; n < 7; n += 1) statuses.push(await ask(n, 'demo:demo'))
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429])
    expect(await ask(0, 'operator:demo')).toBe(200)
  })

  it('does not allow guessing tokens as another client, nor locking out another client', async () => {
    // A gateway in front of a service that verifies tokens itself: it forwards them in a separate header.
    const service = await serve({ JWT_HEADER: 'x-access-token', TRUST_PROXY: '127.0.0.1', RATE_LIMIT_PER_MINUTE: '5' })
    const gateway = await gatewayBefore(service)
    const ask = async (token: string, from: string, forwarded: string) => {
      const headers = { 'X-Access-Token': token, 'X-Forwarded-For': forwarded }
      return (await gateway.call('/api/face-groups', { from, headers })).status
    }
    const statuses = []
    for (let n = 0; n < 7; n += 1) statuses.push(await ask(`guess.${n}.x`, '127.0.0.1', `10.0.0.${n}`))
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429])
    expect(await ask(await service.token(), '127.0.0.2', '127.0.0.1')).toBe(200)
  })

  it('does not allow guessing the gateway secret, whatever address is forwarded', async () => {
    const service = await serve({ ...gatewayMode, TRUST_PROXY: '10.0.0.0/8', RATE_LIMIT_PER_MINUTE: '5' })
    const guess = async (n: number, secret: string) => {
      const headers = { 'X-Forwarded-User': 'operator', 'X-Gateway-Secret': secret, 'X-Forwarded-For': `10.0.0.${n}` }
      return service.call('/api/face-groups', { authorization: null, headers })
    }
    const statuses = []
    for (let n = 0; n < 6; n += 1) statuses.push((await guess(n, `guess-${n}`)).status)
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429])
    const locked = await guess(7, gatewaySecret)
    expect([locked.status, Number(locked.headers.get('retry-after')) > 0]).toEqual([429, true])
  })

  it("does not allow a trusted proxy's clients to lock out others by guessing the secret", async () => {
    const service = await serve({ ...gatewayMode, TRUST_PROXY: '127.0.0.1', RATE_LIMIT_PER_MINUTE: '5' })
    const ask = async (secret: string) => {
      const headers = { 'X-Forwarded-User': 'operator', 'X-Gateway-Secret': secret, 'X-Forwarded-For': '10.0.0.1' }
      return (await service.call('/api/face-groups', { authorization: null, headers })).status
    }
    expect(await ask(gatewaySecret)).toBe(200)
    for (let n = 0; n < 10; n += 1) expect(await ask(`guess-${n}`)).toBe(n < 5 ? 401 : 429)
    expect(await ask(gatewaySecret)).toBe(200)
  })
})
