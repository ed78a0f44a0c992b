import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkCacheKey } from '../../src/doctor/checks/cache-key.js'
import { checkCallers } from '../../src/doctor/checks/callers.js'
import { checkTokenKeys } from '../../src/doctor/checks/token-keys.js'
import { type JwksServer, startJwksServer, createTestKey } from '../support/identity-provider.js'
import { configOf } from './doctor-fixtures.js'

type JwksAnswer = Pick<ServerResponse, 'end' | 'writeHead'>

const tokens = { AUTH_MODE: 'jwt', JWT_ISSUER: 'https://idp.example.com', JWT_AUDIENCE: 'face-groups' }
const jwt = {
  mode: 'jwt',
  issuer: 'https://idp.example.com',
  audience: 'face-groups',
  audienceClaim: 'aud',
  scopeClaims: ['scope', 'scp'],
  keysMaxStaleMs: 86_400_000,
  algorithms: ['ES256', 'EdDSA'],
  header: 'authorization',
  cookie: null,
} as const
const long = 'a-secret-of-more-than-thirty-two-characters'

describe('the keys that tokens are verified with', () => {
  let server: JwksServer
  beforeAll(async () => {
    server = await startJwksServer()
  })
  afterAll(() => server.close())

  it('are counted, with their algorithms', async () => {
    const keys = [await createTestKey({ alg: 'ES256', kid: 'a' }), await createTestKey({ alg: 'EdDSA', kid: 'b' })]
    server.serve(keys.map(({ jwk }) => jwk))
    expect(await checked()).toMatchObject({ status: 'ok', detail: '2 usable keys, for ES256, EdDSA' })
  })

  it('cause a warning if their algorithm is not configured', async () => {
    const keys = [await createTestKey({ alg: 'ES256', kid: 'a' }), await createTestKey({ alg: 'ES384', kid: 'b' })]
    server.serve(keys.map(({ jwk }) => jwk))
    const finding = await checked()
    expect(finding).toMatchObject({ status: 'warn', advice: expect.stringContaining('(ES384)') })
  })

  it('fail if none fits the configured algorithms', async () => {
    server.serve([(await createTestKey({ alg: 'ES384' })).jwk])
    expect(await checked()).toMatchObject({ status: 'FAIL', advice: expect.stringContaining('JWT_ALGORITHMS') })
  })

  it.each([
    ['is down', (answer: JwksAnswer) => answer.writeHead(500).end(), 'bad_status'],
    ['answers something else', (answer: JwksAnswer) => answer.end('<html>'), 'is not a JWKS'],
    ['has none', (answer: JwksAnswer) => answer.end('{"keys":[]}'), 'has no usable key'],
  ])('fail if the identity provider %s', async (_what, answer, detail) => {
    server.answer((_request, response) => void answer(response))
    expect(await checked()).toMatchObject({ status: 'FAIL', detail: expect.stringContaining(detail) })
  })

  it('may come from a file', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'face-groups-jwks-'))
    const file = join(directory, 'jwks.json')
    writeFileSync(file, JSON.stringify({ keys: [(await createTestKey()).jwk] }))
    const jwks = { file }
    expect(await checkTokenKeys({ ...jwt, jwks }, direct)).toMatchObject({
      status: 'ok',
      detail: 'one usable key, for ES256',
    })
    rmSync(directory, { recursive: true })
    expect(await checkTokenKeys({ ...jwt, jwks }, direct)).toMatchObject({ status: 'FAIL' })
  })

  const checked = () => checkTokenKeys({ ...jwt, jwks: { uri: server.url.href } }, direct)
  const direct = { httpsProxy: null, noProxy: null }
})

describe('the authentication of callers', () => {
  it.each([
    ['none', { AUTH_MODE: 'none' }, 'warn'],
    ['a long secret', { AUTH_MODE: 'gateway', GATEWAY_SECRET: long }, 'ok'],
    ['a short secret', { AUTH_MODE: 'gateway', GATEWAY_SECRET: 'short' }, 'warn'],
    ['addresses only', { AUTH_MODE: 'gateway', GATEWAY_CIDRS: '10.0.0.0/24' }, 'warn'],
    ['tokens', { ...tokens, JWT_JWKS_URI: 'https://idp.example.com/jwks' }, 'ok'],
    ['tokens with keys over plain http', { ...tokens, JWT_JWKS_URI: 'http://idp.example.com/jwks' }, 'warn'],
  ])('by %s', (_what, environment, status) => {
    const finding = checkCallers(configOf(environment).authentication)
    expect(finding).toMatchObject({ status, name: 'callers' })
    expect(finding.detail).not.toContain(long)
  })
})

describe('the key that encrypts the copy in Redis', () => {
  it.each([
    ['a separate one', { CACHE_ENCRYPTION_KEY: long }, 'ok'],
    ['a short one', { CACHE_ENCRYPTION_KEY: 'short' }, 'warn'],
    ['the API secret', {}, 'warn'],
  ])('is %s', (_what, environment, status) => {
    expect(checkCacheKey(configOf(environment))).toMatchObject({ status, name: 'cache key' })
  })
})
