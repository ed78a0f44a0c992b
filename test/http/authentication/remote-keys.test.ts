import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { createAttemptThrottle } from '../../../src/http/authentication/attempt-throttle.js'
import type { KeySource } from '../../../src/http/authentication/key-set.js'
import { createKeyStore, type KeyStore } from '../../../src/http/authentication/key-store.js'
import { createRemoteLoader, type RemoteLoaderOptions } from '../../../src/http/authentication/load-keys.js'
import { ProblemError } from '../../../src/http/problem.js'
import { createRateLimiter } from '../../../src/http/rate-limit.js'
import { type JwksServer, startJwksServer, createTestKey, type TestKey } from '../../support/identity-provider.js'
import { createFakeClock, type FakeClock, settle } from '../../support/fake-clock.js'
import { type JwtServer, startJwtServer } from './jwt-server.js'

let first: TestKey
let second: TestKey
let provider: JwksServer
let clock: FakeClock
let news: string[]

beforeAll(async () => {
  first = await createTestKey({ kid: 'first' })
  second = await createTestKey({ kid: 'second' })
})
beforeEach(async () => {
  provider = await startJwksServer([first.jwk])
  clock = createFakeClock({ wallMs: Date.now() })
  news = []
})
afterEach(() => provider.close())

function remoteKeys({
  maxStaleMs = 86_400_000,
  ...options
}: Partial<RemoteLoaderOptions & { maxStaleMs: number }> = {}): KeyStore {
  return createKeyStore({
    loader: createRemoteLoader({ url: provider.url, ...options }),
    maxStaleMs,
    clock,
    events: {
      keysLoaded: (count) => news.push(`loaded ${count}`),
      keysFailed: (reason) => news.push(`failed ${reason}`),
    },
  })
}

/** How many keys fit, or the seconds to wait where that cannot be known. */
async function found(keys: KeySource, kid: string): Promise<number | string> {
  try {
    return (await keys.candidates({ alg: 'ES256', kid })).length
  } catch (error) {
    if (!(error instanceof ProblemError && error.options.reason === 'keys_unavailable')) throw error
    return `wait ${error.options.retryAfterSeconds}`
  }
}

describe('the keys of an identity provider', () => {
  it('are fetched when first needed, once for all who need them', async () => {
    const keys = remoteKeys()
    expect(provider.requests).toBe(0)
    const counts = await Promise.all(Array.from({ length: 10 }, () => found(keys, 'first')))
    expect(new Set(counts)).toEqual(new Set([1]))
    expect([provider.requests, news]).toEqual([1, ['loaded 1']])
  })

  it('are asked for as a JWK Set or as JSON', async () => {
    const accepted: unknown[] = []
    provider.answer((request, response) => {
      accepted.push(request.headers.accept)
      response.end(JSON.stringify({ keys: [first.jwk] }))
    })
    expect(await found(remoteKeys(), 'first')).toBe(1)
    expect(accepted).toEqual(['application/jwk-set+json, application/json'])
  })

  it('are asked for uncompressed', async () => {
    const encodings: unknown[] = []
    provider.answer((request, response) => {
      encodings.push(request.headers['accept-encoding'])
      response.end(JSON.stringify({ keys: [first.jwk] }))
    })
    await found(remoteKeys(), 'first')
    expect(encodings).toEqual(['identity'])
  })

  it.each([
    ['gzip', gzipSync],
    ['X-GZIP', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['gzip, br', (text: string) => brotliCompressSync(gzipSync(text))],
    ['identity', (text: string) => text],
  ])('are read when they come as %s all the same', async (encoding, encode) => {
    provider.answer((_request, response) => {
      response.writeHead(200, { 'Content-Encoding': encoding }).end(encode(JSON.stringify({ keys: [first.jwk] })))
    })
    expect([await found(remoteKeys(), 'first'), news]).toEqual([1, ['loaded 1']])
  })

  it('are bounded by what comes out of the compression', async () => {
    provider.answer((_request, response) => {
      const bomb = gzipSync(JSON.stringify({ keys: [first.jwk], padding: ' '.repeat(100_000) }))
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(bomb)
    })
    await found(remoteKeys({ maxBytes: 50_000 }), 'first')
    expect(news).toEqual(['failed too_large'])
  })

  it.each([
    ['an unsupported encoding', 'compress'],
    ['an encoding that it is not in', 'gzip'],
    ['more encodings than anybody needs', 'gzip, gzip, gzip, gzip'],
  ])('cannot be read in %s', async (_what, encoding) => {
    provider.answer((_request, response) => {
      response.writeHead(200, { 'Content-Encoding': encoding }).end(JSON.stringify({ keys: [first.jwk] }))
    })
    await found(remoteKeys(), 'first')
    expect(news).toEqual(['failed malformed'])
  })

  it('may begin with a byte order mark', async () => {
    provider.answer((_request, response) => response.end(`\uFEFF${JSON.stringify({ keys: [first.jwk] })}`))
    expect([await found(remoteKeys(), 'first'), news]).toEqual([1, ['loaded 1']])
  })

  it('may be exactly as long as is read', async () => {
    const { length } = JSON.stringify({ keys: [first.jwk] })
    expect(await found(remoteKeys({ maxBytes: length }), 'first')).toBe(1)
    expect(await found(remoteKeys({ maxBytes: length - 1 }), 'first')).toBe('wait 5')
  })

  it('are fetched again immediately when a token names a new one', async () => {
    const keys = remoteKeys()
    await found(keys, 'first')
    provider.serve([first.jwk, second.jwk])
    expect(await found(keys, 'second')).toBe(1)
    expect(provider.requests).toBe(2)
  })

  it('are fetched three times and then once in ten seconds, however many unknown ones tokens name', async () => {
    const keys = remoteKeys()
    await found(keys, 'first')
    for (let n = 0; n < 50; n++) expect(await found(keys, `unknown-${n}`)).toBe(0)
    expect(provider.requests).toBe(1 + 3)
    await clock.advance(9_999)
    await found(keys, 'unknown')
    expect(provider.requests).toBe(1 + 3)
    await clock.advance(1)
    for (let n = 0; n < 50; n++) await found(keys, `unknown-${n}`)
    expect(provider.requests).toBe(1 + 4)
    for (let second = 10; second < 60; second += 1) {
      await clock.advance(1000)
      await found(keys, 'unknown')
    }
    expect(provider.requests).toBe(1 + 9)
  })

  it('are fetched when they are rotated right after somebody named an unknown one', async () => {
    const keys = remoteKeys()
    await found(keys, 'first')
    expect(await found(keys, 'unknown')).toBe(0)
    provider.serve([second.jwk])
    expect(await found(keys, 'second')).toBe(1)
  })

  it('are renewed behind a request once they are ten minutes old, and a withdrawn one ends', async () => {
    const keys = remoteKeys()
    await clock.advance(700_000)
    await found(keys, 'first')
    await clock.advance(600_000)
    provider.serve([second.jwk])
    expect(await found(keys, 'first')).toBe(1)
    expect(await found(keys, 'second')).toBe(1)
    expect(await found(keys, 'first')).toBe(0)
  })

  it('are not reported again when they come back unchanged', async () => {
    const keys = remoteKeys()
    await found(keys, 'first')
    await clock.advance(1_200_000)
    await found(keys, 'first')
    expect([provider.requests, news]).toEqual([2, ['loaded 1']])
  })

  it('are reported as loaded when they are available again, changed or not', async () => {
    const keys = remoteKeys()
    await found(keys, 'first')
    provider.answer((_request, response) => response.writeHead(500).end())
    await clock.advance(1_200_000)
    await found(keys, 'first')
    provider.serve([first.jwk])
    await clock.advance(30_000)
    await found(keys, 'unknown')
    expect(news).toEqual(['loaded 1', 'failed bad_status', 'loaded 1'])
  })

  it('are renewed before a request after a long silence', async () => {
    const keys = remoteKeys()
    await found(keys, 'first')
    await clock.advance(1_200_000)
    provider.serve([second.jwk])
    expect(await found(keys, 'first')).toBe(0)
  })

  it('stay in use while the provider is away, which is reported once and asked once per cooldown', async () => {
    const keys = remoteKeys()
    await found(keys, 'first')
    await provider.close()
    for (let minute = 0; minute < 30; minute++) {
      await clock.advance(60_000)
      expect(await found(keys, 'first')).toBe(1)
    }
    expect(news).toEqual(['loaded 1', 'failed unreachable'])
  })

  it('are used for a day without the provider and no longer, and again once it is back', async () => {
    const keys = remoteKeys()
    await found(keys, 'first')
    provider.answer((_request, response) => response.writeHead(500).end())
    await clock.advance(86_399_999)
    expect(await found(keys, 'first')).toBe(1)
    expect(keys.status()).toEqual({ state: 'usable', count: 1, ageMs: 86_399_999, failure: 'bad_status' })
    await clock.advance(1)
    expect(await found(keys, 'first')).toMatch(/^wait /)
    expect(keys.status()).toEqual({ state: 'expired', count: 0, ageMs: 86_400_000, failure: 'bad_status' })
    provider.serve([first.jwk])
    await clock.advance(30_000)
    expect(await found(keys, 'first')).toBe(1)
    expect(keys.status()).toEqual({ state: 'usable', count: 1, ageMs: 0, failure: null })
  })

  it('are renewed in time where they may be used for less than ten minutes', async () => {
    const keys = remoteKeys({ maxStaleMs: 2000 })
    await found(keys, 'first')
    await clock.advance(1000)
    await found(keys, 'first')
    await keys.idle()
    expect(provider.requests).toBe(2)
    await clock.advance(1999)
    provider.answer((_request, response) => response.writeHead(500).end())
    await clock.advance(1)
    expect(await found(keys, 'first')).toMatch(/^wait /)
  })

  it('are asked for once per cooldown while the provider fails and keys are available', async () => {
    const keys = remoteKeys()
    await found(keys, 'first')
    provider.answer((_request, response) => response.writeHead(500).end())
    await clock.advance(1_300_000)
    for (let n = 0; n < 20; n++) await found(keys, n % 2 === 0 ? 'first' : 'unknown')
    expect(provider.requests).toBe(2)
    await clock.advance(30_000)
    await found(keys, 'unknown')
    expect(provider.requests).toBe(3)
  })

  it('are unavailable while an unknown one may be new and the provider fails', async () => {
    const keys = remoteKeys()
    await found(keys, 'first')
    provider.answer((_request, response) => response.writeHead(500).end())
    expect(await found(keys, 'second')).toBe('wait 30')
    provider.serve([first.jwk, second.jwk])
    await clock.advance(30_000)
    expect(await found(keys, 'second')).toBe(1)
    expect(news).toEqual(['loaded 1', 'failed bad_status', 'loaded 2'])
  })
})

it('keys that are too old when they arrive are not used', async () => {
  const loader = {
    maxAgeMs: 600_000,
    cooldownMs: 30_000,
    async load() {
      await clock.advance(1000)
      return { text: JSON.stringify({ keys: [first.jwk] }) }
    },
  }
  const keys = createKeyStore({ loader, maxStaleMs: 1000, events: { keysLoaded() {}, keysFailed() {} }, clock })
  expect(await found(keys, 'first')).toBe('wait 5')
  expect(keys.status()).toEqual({ state: 'expired', count: 0, ageMs: 1000, failure: null })
})

describe('a provider that never answered', () => {
  it('is asked at growing distances up to the cooldown', async () => {
    provider.answer((_request, response) => response.writeHead(500).end())
    const keys = remoteKeys()
    const waits = []
    for (const ms of [0, 5_000, 10_000, 20_000, 30_000]) {
      await clock.advance(ms)
      waits.push(await found(keys, 'first'))
      for (let n = 0; n < 10; n++) await found(keys, 'first')
    }
    expect(waits).toEqual(['wait 5', 'wait 10', 'wait 20', 'wait 30', 'wait 30'])
    expect(provider.requests).toBe(5)
  })

  it('leads to 503 with Retry-After, and callers are accepted once it is back', async () => {
    provider.answer((_request, response) => response.writeHead(500).end())
    const server = await startJwtServer({ keys: remoteKeys(), clock })
    const token = await first.mint()
    const { status, body } = await server.withToken(token)
    expect([status, body.code, body.retryAfterSeconds]).toEqual([503, 'identity_provider_unavailable', 5])
    expect(server.refusals).toEqual(['keys_unavailable'])
    provider.serve([first.jwk])
    await clock.advance(5_000)
    expect((await server.withToken(token)).status).toBe(200)
    await server.close()
  })
})

describe('an answer that is no key set', () => {
  it.each([
    ['bad_status', 'a redirect', 302, { Location: '/elsewhere' }, ''],
    ['bad_status', 'an error with keys in it', 404, {}, '{"keys":[]}'],
    ['malformed', 'HTML', 200, {}, '<html>'],
    ['malformed', 'an empty body', 200, {}, ''],
    ['malformed', 'keys that are no list', 200, {}, '{"keys":{}}'],
    ['too_large', 'more than is read', 200, {}, ' '.repeat(2001)],
  ])(
    'counts as %s when it is %s, and leaves the last good keys in use',
    async (reason, _name, status, headers, body) => {
      const keys = remoteKeys({ maxBytes: 2000 })
      await found(keys, 'first')
      provider.answer((_request, response) => response.writeHead(status, headers).end(body))
      await found(keys, 'unknown')
      expect(await found(keys, 'first')).toBe(1)
      expect([provider.requests, news]).toEqual([2, ['loaded 1', `failed ${reason}`]])
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
    'withdraws all keys when it has no usable one but %s, and they come back with the next that has',
    async (_name, body) => {
      const keys = remoteKeys()
      await found(keys, 'first')
      provider.answer((_request, response) => response.end(body))
      expect(await found(keys, 'unknown')).toBe(0)
      expect(await found(keys, 'first')).toBe(0)
      expect(keys.status()).toMatchObject({ state: 'withdrawn', count: 0, failure: null })
      provider.serve([first.jwk])
      await clock.advance(10_000)
      expect(await found(keys, 'first')).toBe(1)
      expect(news).toEqual(['loaded 1', 'failed no_usable_key', 'loaded 1'])
    },
  )

  it('is no reason to refuse a token while there has never been a key', async () => {
    provider.serve([])
    const keys = remoteKeys()
    expect(await found(keys, 'first')).toBe('wait 5')
    expect(keys.status()).toEqual({ state: 'none', count: 0, ageMs: null, failure: 'no_usable_key' })
  })

  it.each([
    ['before the headers', false],
    ['within the body', true],
  ])('counts as timeout when it stops %s', async (_name, begins) => {
    provider.answer((_request, response) => {
      if (begins) response.writeHead(200).write('{"keys":')
    })
    await found(remoteKeys({ timeoutMs: 50 }), 'first')
    expect(news).toEqual(['failed timeout'])
  })

  it('counts as unreachable when the connection breaks within the body', async () => {
    provider.answer((_request, response) => {
      response.writeHead(200, { 'Content-Length': '1000' }).write('{', () => response.destroy())
    })
    await found(remoteKeys(), 'first')
    expect(news).toEqual(['failed unreachable'])
  })

  it('is not waited for in plain text where the address is one of https', async () => {
    const greetings: number[] = []
    const listener = createServer((socket) => {
      socket.once('data', (bytes) => {
        greetings.push(bytes[0]!)
        socket.destroy()
      })
    }).listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const { port } = listener.address() as AddressInfo
    await found(remoteKeys({ url: new URL(`https://127.0.0.1:${port}/`) }), 'first')
    listener.close()
    const tlsHandshake = 0x16
    expect([greetings, news]).toEqual([[tlsHandshake], ['failed unreachable']])
  })

  it('gives no key that cannot be imported', async () => {
    provider.serve([first.jwk, { kty: 'EC', crv: 'P-256', kid: 'off-curve', x: 'AAAA', y: 'AAAA' }])
    expect(await found(remoteKeys(), 'off-curve')).toBe(0)
  })
})

describe('tokens of a provider that changes its keys and not their names', () => {
  const named: TestKey[] = []
  let server: JwtServer
  beforeAll(async () => {
    for (let n = 0; n < 3; n += 1) named.push(await createTestKey({ kid: 'same' }))
  })
  beforeEach(() => provider.serve([named[0]!.jwk]))
  afterEach(() => server.close())

  async function openServer(perMinute = 2): Promise<void> {
    const limiter = createRateLimiter({ perMinute, clock })
    const throttle = createAttemptThrottle(limiter)
    server = await startJwtServer({ keys: remoteKeys(), clock, throttle })
  }
  const statusOf = async (key: TestKey, header = {}) =>
    (await server.withToken(await key.mint({ jti: String(Math.random()) }, header))).status

  it.each([
    ['the same kid', {}],
    ['no kid', { kid: undefined }],
  ])('are accepted with one fetch where they have %s, and count as no failure', async (_name, header) => {
    await openServer()
    expect(await statusOf(named[0]!, header)).toBe(200)
    for (const key of [named[1]!, named[2]!, named[0]!]) {
      await clock.advance(10_000)
      provider.serve([key.jwk])
      const asked = provider.requests
      expect([await statusOf(key, header), await statusOf(key, header)]).toEqual([200, 200])
      expect(provider.requests).toBe(asked + 1)
    }
  })

  it('are refused where newer keys do not verify them either, with a fetch per ten seconds at most', async () => {
    await openServer(100)
    expect(await statusOf(named[0]!)).toBe(200)
    for (let n = 0; n < 5; n += 1) expect(await statusOf(named[1]!)).toBe(401)
    expect(provider.requests).toBe(1)
    await clock.advance(10_000)
    for (let n = 0; n < 5; n += 1) expect(await statusOf(named[1]!)).toBe(401)
    expect(provider.requests).toBe(2)
    expect(server.refusals).toEqual(Array.from({ length: 10 }, () => 'bad_signature'))
  })

  it('are accepted when they were refused before the newer keys came', async () => {
    await openServer()
    const token = await named[1]!.mint()
    expect(await statusOf(named[0]!)).toBe(200)
    expect((await server.withToken(token)).status).toBe(401)
    provider.serve([named[1]!.jwk, second.jwk])
    expect(await statusOf(second)).toBe(200)
    expect((await server.withToken(token)).status).toBe(200)
  })

  it('cannot be verified while the provider is away', async () => {
    await openServer()
    expect(await statusOf(named[0]!)).toBe(200)
    provider.answer((_request, response) => response.writeHead(500).end())
    await clock.advance(10_000)
    expect(await statusOf(named[1]!)).toBe(503)
    expect(await statusOf(named[0]!)).toBe(200)
  })

  it('are refused as soon as the key is known to be withdrawn, also those accepted a moment ago', async () => {
    await openServer()
    const token = await named[0]!.mint()
    expect((await server.withToken(token)).status).toBe(200)
    provider.serve([])
    expect(await statusOf(second)).toBe(401)
    expect((await server.withToken(token)).status).toBe(401)
  })
})

describe('keys that keep themselves loaded', () => {
  it('are there before the first token, are renewed without one, and are asked for until there are some', async () => {
    provider.answer((_request, response) => response.writeHead(500).end())
    const keys = remoteKeys()
    keys.start()
    await keys.idle()
    expect([provider.requests, keys.status().state]).toEqual([1, 'none'])
    provider.serve([first.jwk])
    await clock.advance(5_000)
    await keys.idle()
    expect([provider.requests, keys.status().state]).toEqual([2, 'usable'])
    await clock.advance(599_999)
    expect(provider.requests).toBe(2)
    await clock.advance(1)
    await keys.idle()
    expect([provider.requests, keys.status().ageMs]).toEqual([3, 0])
    await settle()
    keys.close()
    await clock.advance(600_000)
    expect(provider.requests).toBe(3)
  })
})
