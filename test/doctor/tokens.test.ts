import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkTokenIssuer, checkTokenKeys } from '../../src/doctor/tokens.js'
import { createTestKey, type JwksServer, startJwksServer } from '../support/identity-provider.js'
import { configOf } from './doctor-fixtures.js'

type JwksAnswer = Pick<ServerResponse, 'end' | 'writeHead'>

const direct = { httpsProxy: null, noProxy: null }
let provider: JwksServer
let metadata: Record<string, unknown> | null
let keys: Record<string, object[]>

beforeEach(async () => {
  provider = await startJwksServer()
  const { origin } = provider.url
  metadata = { issuer: origin, jwks_uri: `${origin}/keys` }
  keys = { '/keys': [(await createTestKey({ kid: 'a' })).jwk], '/other': [(await createTestKey({ kid: 'a' })).jwk] }
  provider.answer((request, response) => {
    const path = request.url ?? ''
    const document = path.includes('/.well-known/') ? metadata : keys[path] && { keys: keys[path] }
    if (!document) return response.writeHead(404).end()
    return response.end(JSON.stringify(document))
  })
})
afterEach(() => provider.close())

function jwtConfig(environment: Record<string, string> = {}) {
  const needed = { AUTH_MODE: 'jwt', JWT_ISSUER: provider.url.origin, JWT_AUDIENCE: 'https://api.example' }
  const { authentication } = configOf({ ...needed, ...environment })
  if (authentication.mode !== 'jwt') throw new Error('the test is about tokens')
  return authentication
}
function keySetFile(jwks: readonly object[] | undefined) {
  const directory = mkdtempSync(join(tmpdir(), 'face-groups-jwks-'))
  const JWT_JWKS_FILE = join(directory, 'jwks.json')
  writeFileSync(JWT_JWKS_FILE, JSON.stringify({ keys: jwks }))
  return { JWT_JWKS_FILE, remove: () => rmSync(directory, { recursive: true }) }
}
const checked = (environment?: Record<string, string>) => checkTokenIssuer(jwtConfig(environment), direct)

describe('the token issuer', () => {
  it('is ok if it matches the configuration', async () => {
    expect(await checked()).toMatchObject({ status: 'ok', name: 'token issuer' })
    expect(await checked({ JWT_JWKS_URI: `${provider.url.origin}/keys` })).toMatchObject({ status: 'ok' })
    expect(await checkTokenKeys(jwtConfig(), direct)).toMatchObject({
      status: 'ok',
      detail: 'one usable key, for ES256',
    })
  })

  it('fails if JWT_ISSUER has an extra slash, and says what to set', async () => {
    const { origin } = provider.url
    const advice = expect.stringContaining(`JWT_ISSUER=${origin} exactly`) as string
    expect(await checked({ JWT_ISSUER: `${origin}/` })).toMatchObject({ status: 'FAIL', advice })
    const withKeys = { JWT_ISSUER: `${origin}/`, JWT_JWKS_URI: `${origin}/keys` }
    expect(await checked(withKeys)).toMatchObject({ status: 'FAIL', advice })
  })

  it('fails if JWT_ISSUER lacks the slash', async () => {
    metadata = { ...metadata, issuer: `${provider.url.origin}/` }
    const advice = expect.stringContaining(`JWT_ISSUER=${provider.url.origin}/ exactly`) as string
    expect(await checked()).toMatchObject({ status: 'FAIL', advice })
  })

  it('does not print an unsafe name from the metadata', async () => {
    metadata = { ...metadata, issuer: '\u001B[31mred\n' }
    expect(JSON.stringify(await checked())).not.toContain('red')
  })

  it('fails if JWT_AUDIENCE has an extra slash', async () => {
    metadata = { ...metadata, protected_resources: ['https://other.example', 'https://api.example/'] }
    const advice = expect.stringContaining('JWT_AUDIENCE=https://api.example/ exactly') as string
    expect(await checked()).toMatchObject({ status: 'FAIL', advice })
    metadata = { ...metadata, protected_resources: ['https://api.example/', 'https://api.example'] }
    expect(await checked()).toMatchObject({ status: 'ok' })
    metadata = { ...metadata, protected_resources: ['https://other.example'] }
    expect(await checked()).toMatchObject({ status: 'ok' })
  })

  it('fails if the configured keys differ from those of the issuer', async () => {
    const uri = `${provider.url.origin}/other`
    const advice = expect.stringContaining('Remove JWT_JWKS_URI') as string
    expect(await checked({ JWT_JWKS_URI: uri })).toMatchObject({ status: 'FAIL', advice })
    keys['/other'] = [...(keys['/other'] ?? []), ...(keys['/keys'] ?? [])]
    expect(await checked({ JWT_JWKS_URI: uri })).toMatchObject({ status: 'ok' })
  })

  it('fails if a file has other keys', async () => {
    const { JWT_JWKS_FILE, remove } = keySetFile(keys['/other'])
    const finding = await checked({ JWT_JWKS_FILE })
    remove()
    expect(finding).toMatchObject({ status: 'FAIL', advice: expect.stringContaining('Remove JWT_JWKS_FILE') })
  })

  it('requires metadata only if the keys are discovered', async () => {
    metadata = null
    expect(await checked()).toMatchObject({ status: 'FAIL', detail: expect.stringContaining('no_metadata') })
    expect(await checkTokenKeys(jwtConfig(), direct)).toMatchObject({ status: 'FAIL' })
    expect(await checked({ JWT_JWKS_URI: `${provider.url.origin}/keys` })).toMatchObject({ status: 'ok' })
    const named = { JWT_ISSUER: 'our-issuer', JWT_JWKS_URI: `${provider.url.origin}/keys` }
    expect(await checked(named)).toMatchObject({ status: 'ok' })
  })
})

describe('the keys that tokens are verified with', () => {
  it('are counted, with their algorithms', async () => {
    const keys = [await createTestKey({ alg: 'ES256', kid: 'a' }), await createTestKey({ alg: 'EdDSA', kid: 'b' })]
    provider.serve(keys.map(({ jwk }) => jwk))
    expect(await checkedKeys()).toMatchObject({ status: 'ok', detail: '2 usable keys, for ES256, EdDSA' })
  })

  it('cause a warning if their algorithm is not configured', async () => {
    const keys = [await createTestKey({ alg: 'ES256', kid: 'a' }), await createTestKey({ alg: 'ES384', kid: 'b' })]
    provider.serve(keys.map(({ jwk }) => jwk))
    const finding = await checkedKeys()
    expect(finding).toMatchObject({ status: 'warn', advice: expect.stringContaining('(ES384)') })
  })

  it('fail if none fits the configured algorithms', async () => {
    provider.serve([(await createTestKey({ alg: 'ES384' })).jwk])
    expect(await checkedKeys()).toMatchObject({ status: 'FAIL', advice: expect.stringContaining('JWT_ALGORITHMS') })
  })

  it.each([
    ['is down', (answer: JwksAnswer) => answer.writeHead(500).end(), 'bad_status'],
    ['answers something else', (answer: JwksAnswer) => answer.end('<html>'), 'is not a JWKS'],
    ['has none', (answer: JwksAnswer) => answer.end('{"keys":[]}'), 'has no usable key'],
  ])('fail if the identity provider %s', async (_what, answer, detail) => {
    provider.answer((_request, response) => void answer(response))
    expect(await checkedKeys()).toMatchObject({ status: 'FAIL', detail: expect.stringContaining(detail) })
  })

  it('may come from a file', async () => {
    const { JWT_JWKS_FILE, remove } = keySetFile([(await createTestKey()).jwk])
    const config = jwtConfig({ JWT_JWKS_FILE })
    expect(await checkTokenKeys(config, direct)).toMatchObject({ status: 'ok', detail: 'one usable key, for ES256' })
    remove()
    expect(await checkTokenKeys(config, direct)).toMatchObject({ status: 'FAIL' })
  })

  const checkedKeys = () =>
    checkTokenKeys(jwtConfig({ JWT_ALGORITHMS: 'ES256,EdDSA', JWT_JWKS_URI: provider.url.href }), direct)
})
