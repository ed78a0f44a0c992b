import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAttemptThrottle } from '../../../src/http/authentication/attempt-throttle.js'
import {
  createGatewayAuthenticator,
  type GatewayAuthenticatorOptions,
} from '../../../src/http/authentication/gateway-authenticator.js'
import { createRateLimiter } from '../../../src/http/rate-limit.js'
import { createFakeClock } from '../../support/fake-clock.js'
import { fileSecret, fixedSecret } from '../../../src/secret.js'
import { type TestServer, startTestServer } from './test-server.js'

const servers: TestServer[] = []

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()))
})

async function open(options: GatewayAuthenticatorOptions, host?: string): Promise<TestServer> {
  const server = await startTestServer(createGatewayAuthenticator(options), host === undefined ? {} : { host })
  servers.push(server)
  return server
}

const secret = fixedSecret('s3cret-of-the-gateway')
const proven = { 'x-gateway-secret': 's3cret-of-the-gateway', 'x-forwarded-user': 'alice' }

describe('the identity headers of the gateway', () => {
  it('name the caller and the scopes', async () => {
    const server = await open({ secret })
    const { body } = await server.request({ ...proven, 'x-forwarded-scopes': 'read, face-groups:refresh  x' })
    expect(body).toEqual({
      subject: 'alice',
      scopes: ['read', 'face-groups:refresh', 'x'],
      groupPatterns: null,
    })
  })

  it('identify each caller by user, scopes and groups', async () => {
    const server = await open({ secret, groupsHeader: 'x-groups' })
    const callerWith = async (headers: Record<string, string>) =>
      (await server.request({ ...proven, 'x-forwarded-scopes': 'read', 'x-groups': 'a', ...headers })).body
    const alice = { subject: 'alice', scopes: ['read'], groupPatterns: ['a'] }
    expect(await callerWith({})).toEqual(alice)
    expect(await callerWith({ 'x-forwarded-user': 'bob' })).toEqual({ ...alice, subject: 'bob' })
    expect(await callerWith({ 'x-forwarded-scopes': 'write' })).toEqual({ ...alice, scopes: ['write'] })
    expect(await callerWith({ 'x-groups': 'b' })).toEqual({ ...alice, groupPatterns: ['b'] })
    expect(await callerWith({})).toEqual(alice)
  })

  it('grant only the scopes that they name', async () => {
    const server = await open({ secret })
    expect((await server.request(proven)).body.scopes).toEqual([])
  })

  it('return the same caller for the same headers, and forget the least recently used of 10 000', async () => {
    const authenticate = createGatewayAuthenticator({ secret })
    const callerNamed = (user: string) =>
      authenticate({
        rawHeaders: ['X-Gateway-Secret', 's3cret-of-the-gateway', 'X-Forwarded-User', user],
      } as IncomingMessage)
    const [first, second] = [await callerNamed('alice'), await callerNamed('bob')]
    expect(await callerNamed('alice')).toBe(first)
    for (let n = 2; n < 10_000; n++) await callerNamed(`caller ${n}`)
    expect([await callerNamed('bob'), await callerNamed('alice')]).toEqual([second, first])
    expect(await callerNamed('bob')).toBe(second)
    for (let n = 0; n < 9_999; n++) await callerNamed(`another ${n}`)
    expect(await callerNamed('bob')).toBe(second)
    expect(await callerNamed('alice')).not.toBe(first)
  })

  it('forget callers with many patterns sooner, so that 10 000 of them do not use up the memory', async () => {
    const authenticate = createGatewayAuthenticator({ secret, groupsHeader: 'x-groups' })
    const groups = Array.from({ length: 700 }, (_, n) => `library-${n}-*`).join(' ')
    const callerNamed = (user: string) => {
      const own = ['X-Forwarded-User', user, 'X-Groups', `${user}-* ${groups}`]
      return authenticate({ rawHeaders: ['X-Gateway-Secret', 's3cret-of-the-gateway', ...own] } as IncomingMessage)
    }
    const first = await callerNamed('caller-0')
    for (let n = 1; n < 100; n++) await callerNamed(`caller-${n}`)
    expect(await callerNamed('caller-0')).toBe(first)
    for (let n = 1; n < 1000; n++) await callerNamed(`caller-${n}`)
    expect(await callerNamed('caller-0')).not.toBe(first)
  })

  it.each([
    ['those listed', 'b*, a', ['a', 'b*']],
    ['all if * is among them', 'a *', null],
    ['none if the list is empty', '', []],
    ['none if the header is missing', undefined, []],
  ])('restrict the caller to the groups of the header: %s', async (_name, groups, expected) => {
    const server = await open({ secret, groupsHeader: 'X-Groups' })
    const { body } = await server.request({ ...proven, ...(groups !== undefined && { 'x-groups': groups }) })
    expect(body.groupPatterns).toEqual(expected)
  })

  it('can be other headers', async () => {
    const server = await open({ secret, userHeader: 'X-Email', scopesHeader: 'X-Roles' })
    const { body } = await server.request({ ...proven, 'x-email': 'a@example.test', 'x-roles': 'r' })
    expect(body).toMatchObject({ subject: 'a@example.test', scopes: ['r'] })
  })

  it.each(['x-forwarded-user', 'x-forwarded-scopes', 'x-groups'])('are rejected if %s is sent twice', async (name) => {
    const server = await open({ secret, groupsHeader: 'x-groups' })
    const { status, body } = await server.request({ ...proven, [name]: ['alice', 'mallory'] })
    expect([status, body.detail]).toEqual([401, 'The gateway sent more than one identity.'])
    expect(server.refusals).toEqual(['ambiguous_identity'])
  })

  it.each([undefined, '', '   '])('are rejected with %j as user', async (user) => {
    const server = await open({ secret })
    const headers = { 'x-gateway-secret': proven['x-gateway-secret'] }
    const { status, body } = await server.request(
      user === undefined ? headers : { ...headers, 'x-forwarded-user': user },
    )
    expect([status, body.detail, server.refusals]).toEqual([
      401,
      'The gateway did not name the caller.',
      ['no_identity'],
    ])
  })

  it('require a configured secret or CIDRs', () => {
    expect(() => createGatewayAuthenticator({})).toThrow(new TypeError('gateway mode needs a secret or CIDRs'))
  })
})

describe('the secret of the gateway', () => {
  it('is required: an identity without it is rejected', async () => {
    const server = await open({ secret })
    const { status, headers, body } = await server.request({ 'x-forwarded-user': 'alice' })
    expect(body.detail).toBe('Requests must come through the gateway.')
    expect([status, headers['www-authenticate'], server.refusals]).toEqual([
      401,
      'Bearer realm="face-groups"',
      ['wrong_secret'],
    ])
  })

  it.each(['', 's3cret-of-the-gatewa', 's3cret-of-the-gateway2', 'S3CRET-OF-THE-GATEWAY'])(
    'does not accept %j',
    async (presented) => {
      const server = await open({ secret })
      const { status, headers } = await server.request({ ...proven, 'x-gateway-secret': presented })
      expect([status, server.refusals]).toEqual([401, ['wrong_secret']])
      expect(headers['www-authenticate']).toContain(
        'error="invalid_token", error_description="The gateway secret is wrong."',
      )
    },
  )

  it('is rejected if sent twice, even if right', async () => {
    const server = await open({ secret })
    const right = proven['x-gateway-secret']
    expect((await server.request({ ...proven, 'x-gateway-secret': [right, right] })).status).toBe(401)
    expect((await server.request({ ...proven, 'x-gateway-secret': [right, 'wrong'] })).status).toBe(401)
  })

  it('is read again from its file, so it can be rotated', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gateway-'))
    const path = join(folder, 'secret')
    await writeFile(path, 'old\n')
    const server = await open({ secret: fileSecret(path) })
    const status = async (value: string) => (await server.request({ ...proven, 'x-gateway-secret': value })).status
    expect([await status('old'), await status('new')]).toEqual([200, 401])
    await writeFile(path, 'new\n')
    expect([await status('old'), await status('new')]).toEqual([401, 200])
    await rm(folder, { recursive: true })
    server.refusals.length = 0
    const { status: unreadable, body } = await server.request({ ...proven, 'x-gateway-secret': 'new' })
    expect([unreadable, body.retryAfterSeconds, server.refusals]).toEqual([503, 5, ['keys_unavailable']])
  })

  async function openThrottled() {
    const clock = createFakeClock()
    const throttle = createAttemptThrottle(createRateLimiter({ perMinute: 3, clock }))
    const server = await open({ secret, throttle, clock })
    const statusOf = async (value: string, more: Record<string, string> = {}) =>
      (await server.request({ ...proven, 'x-gateway-secret': value, ...more })).status
    return { server, clock, statusOf, right: proven['x-gateway-secret'] }
  }

  it('cannot be guessed indefinitely by a peer that never sent it', async () => {
    const { server, clock, statusOf, right } = await openThrottled()
    for (let n = 0; n < 3; n++) expect(await statusOf(`guess-${n}`)).toBe(401)
    expect(await statusOf('guess-3')).toBe(429)
    expect(await statusOf(right)).toBe(429)
    expect((await server.request({})).status).toBe(401)
    await clock.advance(60_000)
    expect(await statusOf(right)).toBe(200)
  })

  it('is limited by the peer of the connection, whatever address is forwarded', async () => {
    const { statusOf } = await openThrottled()
    const statuses = []
    for (let n = 0; n < 5; n++) statuses.push(await statusOf(`guess-${n}`, { 'x-forwarded-for': `192.0.2.${n}` }))
    expect(statuses).toEqual([401, 401, 401, 429, 429])
  })

  it('is accepted from a peer that sent it in the last hour, whatever wrong ones come from its address', async () => {
    const { clock, statusOf, right } = await openThrottled()
    expect(await statusOf(right)).toBe(200)
    await clock.advance(3_599_999)
    for (let n = 0; n < 5; n++) expect(await statusOf(`guess-${n}`)).toBe(n < 3 ? 401 : 429)
    expect(await statusOf(right)).toBe(200)
    await clock.advance(3_600_000)
    for (let n = 0; n < 3; n++) expect(await statusOf(`guess-${n}`)).toBe(401)
    expect(await statusOf(right)).toBe(429)
  })

  it('is not limited if none is configured', async () => {
    const admit = () => {
      throw new Error('the throttle was asked')
    }
    const server = await open({ cidrs: ['127.0.0.0/8'], throttle: { admit, failed: admit } })
    expect((await server.request(proven)).status).toBe(200)
  })
})

describe('the address of the gateway', () => {
  it.each([
    [['127.0.0.0/8'], 200],
    [['127.0.0.1'], 200],
    [['10.0.0.0/8', '127.0.0.1/32'], 200],
    [['10.0.0.0/8'], 401],
    [['127.0.0.2/32'], 401],
    [['::1/128'], 401],
    [[], 401],
  ])('in %j: %i', async (cidrs, status) => {
    const server = await open({ cidrs })
    expect((await server.request(proven)).status).toBe(status)
  })

  it('is recognised as IPv4 on a dual-stack socket', async () => {
    const server = await open({ cidrs: ['127.0.0.0/8'] }, '::')
    expect((await server.request(proven)).status).toBe(200)
  })

  it('is the socket’s, whatever is forwarded', async () => {
    const server = await open({ cidrs: ['10.0.0.0/8'] })
    const forwarded = { 'x-forwarded-for': '10.0.0.1', forwarded: 'for=10.0.0.1', 'x-real-ip': '10.0.0.1' }
    const { status, body } = await server.request({ ...proven, ...forwarded })
    expect([status, body.detail]).toEqual([401, 'Requests must come through the gateway.'])
    expect(server.refusals).toEqual(['untrusted_peer'])
  })

  it('is required together with the secret if both are configured', async () => {
    const near = await open({ secret, cidrs: ['127.0.0.0/8'] })
    const far = await open({ secret, cidrs: ['10.0.0.0/8'] })
    expect((await near.request(proven)).status).toBe(200)
    expect((await near.request({ 'x-forwarded-user': 'alice' })).status).toBe(401)
    expect((await far.request(proven)).status).toBe(401)
  })

  it.each(['10.0.0.0/33', '::/129', '10.0.0/8', 'localhost', '10.0.0.0/8/8', '10.0.0.0/', '10.0.0.0/-1', ''])(
    'cannot be configured as %j',
    (cidr) => {
      expect(() => createGatewayAuthenticator({ cidrs: [cidr] })).toThrow(new RangeError(`${cidr} is not a CIDR`))
    },
  )
})
