import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describeWithProgram } from './describe-with-program.js'
import { freePort } from '../support/redis-server.js'
import {
  type Gateway,
  GatewayRefusedError,
  gatewaySecret,
  startGateway,
  type RecordingServer,
  startRecordingServer,
} from '../support/gateway.js'

const content: RequestListener = (_request, response) => response.end('content')
const leaving: RequestListener = (_request, response) => response.writeHead(503).end('leaving')

describeWithProgram('nginx', 'what the gateway forwards', (nginx) => {
  const running: { stop(): Promise<void> }[] = []
  afterEach(async () => {
    for (const each of running.splice(0).toReversed()) await each.stop()
  })

  it('replaces every identity header of the caller', async () => {
    const replica = await startServer(content)
    const gateway = await gatewayBefore([replica.port])
    await gateway.call('/api/face-groups', {
      headers: {
        'X-Forwarded-User': 'root',
        'X-Forwarded-Groups': 'secret-*',
        'X-Forwarded-For': '10.1.1.1',
        'X-Forwarded-Proto': 'http',
        'X-Gateway-Secret': 'guess',
        Forwarded: 'for=10.1.1.1',
        Cookie: 'session=1',
        x_forwarded_user: 'root',
      },
    })
    const { headers } = replica.requests[0] ?? {}
    expect(headers).toMatchObject({
      host: new URL(gateway.origin).host,
      'x-forwarded-user': 'demo',
      'x-forwarded-groups': '*',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-gateway-secret': gatewaySecret,
    })
    for (const name of ['authorization', 'cookie', 'forwarded', 'x-forwarded-scopes', 'x_forwarded_user']) {
      expect(headers).not.toHaveProperty(name)
    }
  })

  it('does not forward requests for hidden paths', async () => {
    const replica = await startServer(content)
    const gateway = await gatewayBefore([replica.port])
    for (const path of ['/metrics', '/metrics/', '//metrics', '/%6detrics', '/api/../metrics']) {
      expect({ path, status: (await gateway.call(path)).status }).toEqual({ path, status: 404 })
    }
    expect(replica.requests).toHaveLength(0)
  })

  it('forwards no identity for unauthenticated routes', async () => {
    const replica = await startServer(content)
    const gateway = await gatewayBefore([replica.port])
    await gateway.call('/health', { user: 'operator:guess', headers: { 'X-Forwarded-User': 'root' } })
    expect(replica.requests[0]?.headers).not.toHaveProperty('x-forwarded-user')
    expect(replica.requests[0]?.headers).not.toHaveProperty('x-forwarded-scopes')
  })

  it('forwards a trace and a well-formed request id, and replaces any other', async () => {
    const replica = await startServer(content)
    const gateway = await gatewayBefore([replica.port])
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    await gateway.call('/', { headers: { 'X-Request-Id': 'abc-1', traceparent } })
    await gateway.call('/', { headers: { 'X-Request-Id': 'a b"c' } })
    expect(replica.requests[0]?.headers).toMatchObject({ 'x-request-id': 'abc-1', traceparent })
    expect(replica.requests[1]?.headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/)
  })

  it.each([
    ['refuses connections', freePort],
    ['says 503', async () => (await startServer(leaving)).port],
  ])('skips a replica that %s', async (_what, leavingPort) => {
    const replica = await startServer(content)
    const gateway = await gatewayBefore([await leavingPort(), replica.port])
    const answers = await Promise.all(Array.from({ length: 12 }, () => gateway.call('/api/face-groups')))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  })

  it('forwards the problem if every replica answers 503', async () => {
    const gateway = await gatewayBefore([(await startServer(leaving)).port, (await startServer(leaving)).port])
    for (let call = 0; call < 3; call += 1) {
      expect(await gateway.call('/api/face-groups')).toMatchObject({ status: 503, body: 'leaving' })
    }
  })

  it('never sends a POST twice', async () => {
    const dropping: RequestListener = (request) => request.socket.destroy()
    const replicas = [await startServer(dropping), await startServer(dropping)]
    const gateway = await gatewayBefore(replicas.map(({ port }) => port))
    expect((await gateway.call('/api/face-groups/refresh', { method: 'POST' })).status).toBe(502)
    expect(replicas.flatMap(({ requests }) => requests)).toHaveLength(1)
  })

  it('rejects a secret that nginx would parse as syntax', async () => {
    const starting = gatewayBefore([1], { GATEWAY_SECRET_FILE: import.meta.filename })
    const error = (await starting.catch((reason: unknown) => reason)) as GatewayRefusedError
    expect(error).toBeInstanceOf(GatewayRefusedError)
    expect(error.exitCode).toBe(78)
    expect(error.message).toMatch(/^gateway: GATEWAY_SECRET_FILE: /)
  })

  it('explains what to set if openssl is missing', async () => {
    const programs = mkdtempSync(join(tmpdir(), 'programs-'))
    try {
      for (const name of ['sh', 'cat', 'cp', 'dirname', 'id', 'mkdir', 'tr', 'chown', 'nginx']) {
        const folder = [dirname(nginx), '/usr/bin', '/bin'].find((each) => existsSync(join(each, name)))
        symlinkSync(join(folder ?? '', name), join(programs, name))
      }
      const starting = gatewayBefore([1], { PATH: programs })
      await expect(starting).rejects.toMatchObject({
        exitCode: 78,
        message: expect.stringMatching(/openssl is not installed.*set GATEWAY_TLS_CERTIFICATE_FILE/),
      })
    } finally {
      rmSync(programs, { recursive: true })
    }
  })

  describe('with single sign-on', () => {
    const signOn: RequestListener = (request, response) => {
      const known = request.headers.cookie === 'session=known'
      const identity = { 'X-Auth-Request-User': 'ada', 'X-Auth-Request-Groups': 'staff,face-groups-operators' }
      response.writeHead(known ? 202 : 401, known ? identity : {}).end()
    }

    it('forwards the identity from the single sign-on', async () => {
      const { gateway, replica } = await signOnGateway()
      const headers = { Cookie: 'session=known', 'X-Forwarded-User': 'root', 'X-Auth-Request-User': 'root' }
      expect((await gateway.call('/api/face-groups', { user: null, headers })).status).toBe(200)
      expect(replica.requests[0]?.headers).toMatchObject({
        'x-forwarded-user': 'ada',
        'x-forwarded-scopes': 'face-groups:refresh',
      })
      expect(replica.requests[0]?.headers).not.toHaveProperty('cookie')
    })

    it('answers a script with 401 and a challenge', async () => {
      const { gateway, replica } = await signOnGateway()
      for (const path of ['/api/face-groups', '/', '/docs']) {
        const { status, headers, body } = await gateway.call(path, { user: null, headers: { Accept: '*/*' } })
        expect({ path, status, code: JSON.parse(body).code }).toEqual({ path, status: 401, code: 'unauthenticated' })
        expect(headers['www-authenticate']).toBe('Bearer realm="face-groups"')
      }
      expect(replica.requests).toHaveLength(0)
    })

    it.each([
      ['/', '/'],
      ['/docs', '/docs'],
      ['/problems/rate_limited', '/problems/rate_limited'],
      ['/docs?x=1&y=2', '/docs'],
      ['//other.example.com/', '/'],
    ])('redirects a browser that opens %s to sign in and return to %s', async (path, back) => {
      const { gateway, replica } = await signOnGateway()
      const { status, headers } = await gateway.call(path, { user: null, headers: { Accept: 'text/html,*/*;q=0.8' } })
      expect({ status, location: headers.location }).toEqual({ status: 302, location: `/oauth2/start?rd=${back}` })
      expect(replica.requests).toHaveLength(0)
    })

    it('forwards a preflight to the service without an identity', async () => {
      const { gateway, replica } = await signOnGateway()
      const headers = { Origin: 'https://app.example.com', 'Access-Control-Request-Method': 'GET' }
      const options = { method: 'OPTIONS', user: null, headers }
      expect((await gateway.call('/api/face-groups', options)).status).toBe(200)
      expect(replica.requests[0]).toMatchObject({ method: 'OPTIONS' })
      expect(replica.requests[0]?.headers).not.toHaveProperty('x-forwarded-user')
    })

    it('answers 503 if the single sign-on is unreachable', async () => {
      const replica = await startServer(content)
      const gateway = await gatewayBefore([replica.port], {
        GATEWAY_IDENTITY: 'oauth2-proxy',
        GATEWAY_OAUTH2_PROXY: `127.0.0.1:${await freePort()}`,
      })
      const { status, headers, body } = await gateway.call('/api/face-groups', { user: null })
      expect({ status, code: JSON.parse(body).code }).toEqual({ status: 503, code: 'identity_provider_unavailable' })
      expect(headers['retry-after']).toBe('5')
      expect(replica.requests).toHaveLength(0)
    })

    async function signOnGateway() {
      const replica = await startServer(content)
      const oauth2Proxy = await startServer(signOn)
      const gateway = await gatewayBefore([replica.port], {
        GATEWAY_IDENTITY: 'oauth2-proxy',
        GATEWAY_OAUTH2_PROXY: `127.0.0.1:${oauth2Proxy.port}`,
      })
      return { gateway, replica }
    }
  })

  async function startServer(answer: RequestListener): Promise<RecordingServer> {
    const replica = await startRecordingServer(answer)
    running.push(replica)
    return replica
  }

  async function gatewayBefore(replicas: readonly number[], environment = {}): Promise<Gateway> {
    const gateway = await startGateway({ nginx, replicas, environment })
    running.push(gateway)
    return gateway
  }
})
