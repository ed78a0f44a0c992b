import { createRateLimiter } from '../../../src/http/rate-limit.js'
import { createAttemptThrottle } from '../../../src/http/authentication/attempt-throttle.js'
import { type KeySource, parseKeySet } from '../../../src/http/authentication/key-set.js'
import { createFakeClock } from '../../support/fake-clock.js'
import { fixedKeys, useJwtServers } from './jwt-server.js'

const { key, open } = await useJwtServers()

/** Counts how often a signature had to be verified. */
function countingKeys(): KeySource & { lookups: number } {
  const set = parseKeySet(JSON.stringify({ keys: [key.jwk] }))
  const counter = {
    lookups: 0,
    ...fixedKeys((header) => {
      counter.lookups += 1
      return set?.candidates(header) ?? Promise.resolve([])
    }),
  }
  return counter
}

describe('the token cache', () => {
  it('does not verify a valid token again', async () => {
    const keys = countingKeys()
    const server = await open({ keys })
    const token = await key.mint({ scope: 'a' })
    const { body } = await server.withToken(token)
    expect(await server.withToken(token)).toMatchObject({ status: 200, body })
    expect(keys.lookups).toBe(1)
  })

  it('verifies a token once for concurrent requests', async () => {
    const keys = countingKeys()
    let letGo = () => {}
    const everyoneIsThere = new Promise<void>((resolve) => {
      letGo = resolve
    })
    const slowKeys = fixedKeys(async (header) => {
      const found = keys.candidates(header)
      await everyoneIsThere
      return found
    })
    let arrived = 0
    const admit = () => {
      arrived += 1
      if (arrived === 5) letGo()
    }
    const server = await open({ keys: slowKeys, throttle: { admit, failed: () => {} } })
    const token = await key.mint()
    const answers = await Promise.all(Array.from({ length: 5 }, () => server.withToken(token)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect(keys.lookups).toBe(1)
  })

  it('verifies a valid token again after a minute', async () => {
    const clock = createFakeClock({ wallMs: Date.now() })
    const keys = countingKeys()
    const server = await open({ keys, clock })
    const token = await key.mint()
    await server.withToken(token)
    await clock.advance(59_999)
    await server.withToken(token)
    expect(keys.lookups).toBe(1)
    await clock.advance(1)
    expect((await server.withToken(token)).status).toBe(200)
    expect(keys.lookups).toBe(2)
  })

  it('rejects a cached token from its exp on', async () => {
    const now = Math.floor(Date.now() / 1000)
    const clock = createFakeClock({ wallMs: now * 1000 })
    const server = await open({ clock, clockToleranceSeconds: 0 })
    const token = await key.mint({ exp: now + 10 })
    await server.withToken(token)
    await clock.advance(9_999)
    expect((await server.withToken(token)).status).toBe(200)
    await clock.advance(1)
    expect((await server.withToken(token)).status).toBe(401)
    expect(server.refusals).toEqual(['expired'])
  })

  it('rejects a cached token when the wall clock is set past its exp', async () => {
    const clock = createFakeClock({ wallMs: Date.now() })
    const server = await open({ clock })
    const token = await key.mint()
    await server.withToken(token)
    clock.jumpWall(3_600_000)
    expect((await server.withToken(token)).status).toBe(401)
  })

  it('rejects a known invalid token for ten seconds without verifying it again', async () => {
    const clock = createFakeClock({ wallMs: Date.now() })
    const keys = countingKeys()
    const server = await open({ keys, clock })
    const token = await key.mint({ aud: 'other' })
    await server.withToken(token)
    await server.withToken(token)
    expect([keys.lookups, server.refusals]).toEqual([1, ['wrong_audience', 'wrong_audience']])
    await clock.advance(10_000)
    await server.withToken(token)
    expect(keys.lookups).toBe(2)
  })

  it('accepts a token as soon as its nbf has passed, however often it came too early', async () => {
    const now = Math.floor(Date.now() / 1000)
    const clock = createFakeClock({ wallMs: now * 1000 })
    const server = await open({ clock })
    const token = await key.mint({ nbf: now + 7 })
    expect((await server.withToken(token)).status).toBe(401)
    await clock.advance(2_000)
    expect((await server.withToken(token)).status).toBe(200)
    expect(server.refusals).toEqual(['not_yet_valid'])
  })

  it('evicts the least recently used tokens beyond its limit, and still verifies them', async () => {
    const keys = countingKeys()
    const server = await open({ keys, maxRemembered: 4 })
    const tokens = await Promise.all(Array.from({ length: 12 }, (_, n) => key.mint({ sub: `caller-${n}` })))
    for (const token of tokens) await server.withToken(token)
    expect((await server.withToken(tokens[0] ?? '')).body.subject).toBe('caller-0')
    expect(keys.lookups).toBe(13)
  })

  it('evicts tokens of callers with many scopes sooner, so that 10 000 of them do not use up the memory', async () => {
    const keys = countingKeys()
    const server = await open({ keys })
    const scope = Array.from({ length: 1500 }, (_, n) => n.toString(36)).join(' ')
    const tokens = await Promise.all(Array.from({ length: 300 }, (_, n) => key.mint({ sub: `caller-${n}`, scope })))
    for (const token of tokens.slice(0, 100)) await server.withToken(token)
    expect((await server.withToken(tokens[0] ?? '')).status).toBe(200)
    expect(keys.lookups).toBe(100)
    for (const token of tokens.slice(100)) await server.withToken(token)
    expect((await server.withToken(tokens[0] ?? '')).status).toBe(200)
    expect(keys.lookups).toBe(301)
  })

  it('evicts invalid tokens beyond its limit as well', async () => {
    const keys = countingKeys()
    const server = await open({ keys, maxRemembered: 4 })
    const tokens = await Promise.all(Array.from({ length: 12 }, (_, n) => key.mint({ jti: `${n}`, aud: 'other' })))
    for (const token of tokens) await server.withToken(token)
    await server.withToken(tokens[0] ?? '')
    expect(keys.lookups).toBe(13)
  })
})

describe('guessing', () => {
  async function openThrottled(perMinute: number) {
    const clock = createFakeClock({ wallMs: Date.now() })
    const limiter = createRateLimiter({ perMinute, name: 'failed-authentications', clock })
    const throttle = createAttemptThrottle(limiter)
    return { server: await open({ throttle, clock }), clock }
  }

  it('ends with 429 for a minute when an address has used up its failures', async () => {
    const { server, clock } = await openThrottled(3)
    for (let n = 0; n < 3; n++) expect((await server.withToken(`guess-${n}`)).status).toBe(401)
    const { status, body, headers } = await server.withToken('guess-3')
    expect([status, body.code, body.retryAfterSeconds]).toEqual([429, 'rate_limited', 60])
    expect(headers).toMatchObject({
      ratelimit: '"failed-authentications";r=0;t=60',
      'ratelimit-policy': '"failed-authentications";q=3;w=60',
    })
    expect(server.refusals.slice(2)).toEqual(['malformed_token', 'too_many_failures'])
    await clock.advance(60_000)
    expect((await server.withToken('guess-4')).status).toBe(401)
  })

  it('does not lock out known callers, even when their token is due to be verified again', async () => {
    const { server, clock } = await openThrottled(3)
    const token = await key.mint()
    await server.withToken(token)
    await clock.advance(59_999)
    for (let n = 0; n < 4; n++) await server.withToken(`guess-${n}`)
    await clock.advance(1)
    expect((await server.withToken(token)).status).toBe(200)
  })

  it('is limited for known callers once their token is no longer valid', async () => {
    const { server, clock } = await openThrottled(3)
    const token = await key.mint({ exp: Math.floor(clock.wallMs() / 1000) + 30 })
    await server.withToken(token)
    await clock.advance(60_000)
    expect((await server.withToken(token)).status).toBe(401)
    await clock.advance(10_000)
    for (let n = 0; n < 3; n++) await server.withToken(`guess-${n}`)
    expect((await server.withToken(token)).status).toBe(429)
  })

  it('is not limited if no limit is set', async () => {
    const throttle = createAttemptThrottle(null)
    const server = await open({ throttle })
    for (let n = 0; n < 20; n++) expect((await server.withToken(`guess-${n}`)).status).toBe(401)
  })

  it.each([
    ['too long', () => 'x'.repeat(8193)],
    ['of an unknown key', () => key.mint({}, { kid: 'unknown' })],
    ['of another issuer', () => key.mint({ iss: 'https://other.example.test/' })],
    ['for another audience', () => key.mint({ aud: 'other' })],
    ['without a subject', () => key.mint({ sub: undefined })],
    [
      'without an accepted algorithm',
      async () => (await key.mint()).replace(/^[^.]+/, Buffer.from('{"alg":"none"}').toString('base64url')),
    ],
  ])('is counted for a token that is %s', async (_what, mint) => {
    const { server } = await openThrottled(1)
    expect((await server.withToken(await mint())).status).toBe(401)
    expect((await server.withToken('guess')).status).toBe(429)
  })

  it('is counted for two tokens in one request', async () => {
    const { server } = await openThrottled(1)
    const authorization = `Bearer ${await key.mint()}`
    expect((await server.request({ authorization: [authorization, authorization] })).status).toBe(401)
    expect((await server.withToken('guess')).status).toBe(429)
  })

  it('is counted for each repetition of a cached invalid token', async () => {
    const { server } = await openThrottled(3)
    for (let n = 0; n < 3; n++) expect((await server.withToken('guess')).status).toBe(401)
    expect((await server.withToken('another guess')).status).toBe(429)
    expect((await server.withToken('guess')).status).toBe(401)
  })

  it('is not counted for a token that is expired, early or missing', async () => {
    const { server } = await openThrottled(2)
    const expired = await key.mint({ exp: 1 })
    const early = await key.mint({ nbf: 4_000_000_000 })
    for (let n = 0; n < 4; n++) {
      await server.withToken(expired)
      await server.withToken(early)
      await server.request({})
    }
    expect((await server.withToken(await key.mint())).status).toBe(200)
  })
})
