import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { createAttemptThrottle } from '../../../src/http/authentication/attempt-throttle.js'
import { createRateLimiter } from '../../../src/http/rate-limit.js'
import { createTestKey, type TestKey } from '../../support/identity-provider.js'
import { type JwtServer, startJwtServer } from './jwt-server.js'
import { found, useRemoteKeys } from './remote-keys.js'

const idp = await useRemoteKeys()

describe('a provider that never answered', () => {
  it('is retried at increasing intervals up to the cooldown', async () => {
    idp.provider.answer((_request, response) => response.writeHead(500).end())
    const keys = idp.remoteKeys()
    const waits = []
    for (const ms of [0, 5_000, 10_000, 20_000, 30_000]) {
      await idp.clock.advance(ms)
      waits.push(await found(keys, 'first'))
      for (let n = 0; n < 10; n++) await found(keys, 'first')
    }
    expect(waits).toEqual(['wait 5', 'wait 10', 'wait 20', 'wait 30', 'wait 30'])
    expect(idp.provider.requests).toBe(5)
  })

  it('causes 503 with Retry-After, and callers are accepted once it is back', async () => {
    idp.provider.answer((_request, response) => response.writeHead(500).end())
    const server = await startJwtServer({ keys: idp.remoteKeys(), clock: idp.clock })
    const token = await idp.first.mint()
    const { status, body } = await server.withToken(token)
    expect([status, body.code, body.retryAfterSeconds]).toEqual([503, 'identity_provider_unavailable', 5])
    expect(server.refusals).toEqual(['keys_unavailable'])
    idp.provider.serve([idp.first.jwk])
    await idp.clock.advance(5_000)
    expect((await server.withToken(token)).status).toBe(200)
    await server.close()
  })
})

describe('an answer that is not a key set', () => {
  it.each([
    ['bad_status', 'a redirect', 302, { Location: '/elsewhere' }, ''],
    ['bad_status', 'an error with keys in it', 404, {}, '{"keys":[]}'],
    ['malformed', 'HTML', 200, {}, '<html>'],
    ['malformed', 'an empty body', 200, {}, ''],
    ['malformed', 'keys that are not a list', 200, {}, '{"keys":{}}'],
    ['too_large', 'an answer that is too long', 200, {}, ' '.repeat(2001)],
  ])(
    'is reported as %s if it is %s, and leaves the last valid keys in use',
    async (reason, _name, status, headers, body) => {
      const keys = idp.remoteKeys({ maxBytes: 2000 })
      await found(keys, 'first')
      idp.provider.answer((_request, response) => response.writeHead(status, headers).end(body))
      await found(keys, 'unknown')
      expect(await found(keys, 'first')).toBe(1)
      expect([idp.provider.requests, idp.news]).toEqual([2, ['loaded 1', `failed ${reason}`]])
    },
  )

  it.each([
    ['an empty list', '{"keys":[]}'],
    ['entries that are no keys', '{"keys":[null,7,"x",{}]}'],
    ['a secret', '{"keys":[{"kty":"oct","kid":"first","k":"AAAA"}]}'],
    ['a private key', '{"keys":[{"kty":"EC","crv":"P-256","x":"A","y":"A","d":"A"}]}'],
    ['an RSA key without a modulus', '{"keys":[{"kty":"RSA","e":"AQAB"}]}'],
    ['a short RSA key', `{"keys":[{"kty":"RSA","n":"${'A'.repeat(340)}","e":"AQAB"}]}`],
  ])(
    'withdraws all keys if it has no usable key but %s, and they return with the next valid set',
    async (_name, body) => {
      const keys = idp.remoteKeys()
      await found(keys, 'first')
      idp.provider.answer((_request, response) => response.end(body))
      expect(await found(keys, 'unknown')).toBe(0)
      expect(await found(keys, 'first')).toBe(0)
      expect(keys.status()).toMatchObject({ state: 'withdrawn', count: 0, failure: null })
      idp.provider.serve([idp.first.jwk])
      await idp.clock.advance(10_000)
      expect(await found(keys, 'first')).toBe(1)
      expect(idp.news).toEqual(['loaded 1', 'failed no_usable_key', 'loaded 1'])
    },
  )

  it('is no reason to reject a token if there never was a key', async () => {
    idp.provider.serve([])
    const keys = idp.remoteKeys()
    expect(await found(keys, 'first')).toBe('wait 5')
    expect(keys.status()).toEqual({ state: 'none', count: 0, ageMs: null, failure: 'no_usable_key' })
  })

  it.each([
    ['before the headers', false],
    ['within the body', true],
  ])('is reported as timeout if it stops %s', async (_name, begins) => {
    idp.provider.answer((_request, response) => {
      if (begins) response.writeHead(200).write('{"keys":')
    })
    await found(idp.remoteKeys({ timeoutMs: 50 }), 'first')
    expect(idp.news).toEqual(['failed timeout'])
  })

  it('is reported as unreachable if the connection breaks within the body', async () => {
    idp.provider.answer((_request, response) => {
      response.writeHead(200, { 'Content-Length': '1000' }).write('{', () => response.destroy())
    })
    await found(idp.remoteKeys(), 'first')
    expect(idp.news).toEqual(['failed unreachable'])
  })

  it('ends the connection if its status is not 200, however long its body is', async () => {
    let ended: Promise<unknown> = Promise.resolve()
    idp.provider.answer(({ socket }, response) => {
      ended = once(socket, 'close')
      response.writeHead(500).write('x')
    })
    await found(idp.remoteKeys(), 'first')
    await ended
    expect(idp.news).toEqual(['failed bad_status'])
  })

  it('is not accepted in plain text from an https URL', async () => {
    const greetings: number[] = []
    const listener = createServer((socket) => {
      socket.once('data', (bytes) => {
        greetings.push(bytes[0]!)
        socket.destroy()
      })
    }).listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const { port } = listener.address() as AddressInfo
    await found(idp.remoteKeys({ url: new URL(`https://127.0.0.1:${port}/`) }), 'first')
    listener.close()
    const tlsHandshake = 0x16
    expect([greetings, idp.news]).toEqual([[tlsHandshake], ['failed unreachable']])
  })

  it('yields no key that cannot be imported', async () => {
    idp.provider.serve([idp.first.jwk, { kty: 'EC', crv: 'P-256', kid: 'off-curve', x: 'AAAA', y: 'AAAA' }])
    expect(await found(idp.remoteKeys(), 'off-curve')).toBe(0)
  })
})

describe('tokens of a provider that changes its keys but not their names', () => {
  const named: TestKey[] = []
  let server: JwtServer
  beforeAll(async () => {
    for (let n = 0; n < 3; n += 1) named.push(await createTestKey({ kid: 'same' }))
  })
  beforeEach(() => idp.provider.serve([named[0]!.jwk]))
  afterEach(() => server.close())

  async function openServer(perMinute = 2): Promise<void> {
    const limiter = createRateLimiter({ perMinute, clock: idp.clock })
    const throttle = createAttemptThrottle(limiter)
    server = await startJwtServer({ keys: idp.remoteKeys(), clock: idp.clock, throttle })
  }
  const statusOf = async (key: TestKey, header = {}) =>
    (await server.withToken(await key.mint({ jti: String(Math.random()) }, header))).status

  it.each([
    ['the same kid', {}],
    ['no kid', { kid: undefined }],
  ])('are accepted after one fetch if they have %s, without a counted failure', async (_name, header) => {
    await openServer()
    expect(await statusOf(named[0]!, header)).toBe(200)
    for (const key of [named[1]!, named[2]!, named[0]!]) {
      await idp.clock.advance(10_000)
      idp.provider.serve([key.jwk])
      const asked = idp.provider.requests
      expect([await statusOf(key, header), await statusOf(key, header)]).toEqual([200, 200])
      expect(idp.provider.requests).toBe(asked + 1)
    }
  })

  it('are rejected if newer keys do not verify them either, with at most one fetch per ten seconds', async () => {
    await openServer(100)
    expect(await statusOf(named[0]!)).toBe(200)
    for (let n = 0; n < 5; n += 1) expect(await statusOf(named[1]!)).toBe(401)
    expect(idp.provider.requests).toBe(1)
    await idp.clock.advance(10_000)
    for (let n = 0; n < 5; n += 1) expect(await statusOf(named[1]!)).toBe(401)
    expect(idp.provider.requests).toBe(2)
    expect(server.refusals).toEqual(Array.from({ length: 10 }, () => 'bad_signature'))
  })

  it('are accepted after they were rejected before the newer keys were loaded', async () => {
    await openServer()
    const token = await named[1]!.mint()
    expect(await statusOf(named[0]!)).toBe(200)
    expect((await server.withToken(token)).status).toBe(401)
    idp.provider.serve([named[1]!.jwk, idp.second.jwk])
    expect(await statusOf(idp.second)).toBe(200)
    expect((await server.withToken(token)).status).toBe(200)
  })

  it('cannot be verified while the provider is unavailable', async () => {
    await openServer()
    expect(await statusOf(named[0]!)).toBe(200)
    idp.provider.answer((_request, response) => response.writeHead(500).end())
    await idp.clock.advance(10_000)
    expect(await statusOf(named[1]!)).toBe(503)
    expect(await statusOf(named[0]!)).toBe(200)
  })

  it('are rejected as soon as the key is known to be withdrawn, including recently accepted ones', async () => {
    await openServer()
    const token = await named[0]!.mint()
    expect((await server.withToken(token)).status).toBe(200)
    idp.provider.serve([])
    expect(await statusOf(idp.second)).toBe(401)
    expect((await server.withToken(token)).status).toBe(401)
  })
})

it('a token of an unknown key is accepted as soon as the provider publishes the key', async () => {
  const server = await startJwtServer({ keys: idp.remoteKeys(), clock: idp.clock })
  const token = await idp.second.mint()
  expect((await server.withToken(token)).status).toBe(401)
  idp.provider.serve([idp.first.jwk, idp.second.jwk])
  expect((await server.withToken(token)).status).toBe(200)
  await server.close()
})
