import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkTokenIssuer } from '../../src/doctor/checks/token-issuer.js'
import { checkTokenKeys } from '../../src/doctor/checks/token-keys.js'
import { createTestKey, type JwksServer, startJwksServer } from '../support/identity-provider.js'
import { configOf, examined } from './doctor-fixtures.js'

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
    const directory = mkdtempSync(join(tmpdir(), 'face-groups-jwks-'))
    const JWT_JWKS_FILE = join(directory, 'jwks.json')
    writeFileSync(JWT_JWKS_FILE, JSON.stringify({ keys: keys['/other'] }))
    const finding = await checked({ JWT_JWKS_FILE })
    rmSync(directory, { recursive: true })
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

it('unknown variables are warnings, whether the configuration is valid or not', async () => {
  const warning = { status: 'warn', name: 'configuration', detail: 'unknown variable JWT_ISUER' }
  for (const environment of [{ JWT_ISUER: 'leak' }, { JWT_ISUER: 'leak', PORT: 'x' }]) {
    const findings = await examined(environment)
    expect(findings).toContainEqual({ ...warning, advice: 'Did you mean JWT_ISSUER?' })
    expect(JSON.stringify(findings)).not.toContain('leak')
  }
})
