import { decodeProtectedHeader } from 'jose'
import { type OidcProvider, startOidcProvider } from './openid-provider.js'
import { type RunningService, startService } from '../../support/service.js'

const audience = 'https://face-groups.example'
let provider: OidcProvider
let running: RunningService

beforeEach(async () => {
  provider = await startOidcProvider({ audience })
})
afterEach(async () => {
  await running.stop()
  await provider.close()
})

/** A service configured with only the provider's issuer and the audience. */
async function open(environment: Record<string, string> = {}): Promise<void> {
  running = await startService({
    environment: { JWT_ISSUER: provider.issuer, JWT_AUDIENCE: audience, JWT_JWKS_URI: '', ...environment },
  })
}

const statusFor = async (token: string, path = '/api/face-groups', method = 'GET') =>
  (await running.call(path, { method, authorization: `Bearer ${token}` })).status

describe('with a real OpenID provider, discovered by its issuer', () => {
  it('accepts its access tokens with their scopes', async () => {
    await open({ JWT_READ_SCOPE: 'face-groups:read' })
    const reader = await provider.clientToken('face-groups:read')
    expect(decodeProtectedHeader(reader).typ).toBe('at+jwt')
    expect(await statusFor(reader)).toBe(200)
    expect(await statusFor(reader, '/api/face-groups/refresh', 'POST')).toBe(403)
    expect(await statusFor(await provider.clientToken())).toBe(403)
    const both = await provider.clientToken('face-groups:read face-groups:refresh')
    expect(await statusFor(both, '/api/face-groups/refresh', 'POST')).toBe(200)
  }, 60_000)

  it('accepts tokens of a new key immediately, and rejects those of a withdrawn key', async () => {
    await open()
    const old = await provider.clientToken()
    expect(await statusFor(old)).toBe(200)
    await provider.rotateKeys()
    expect(await statusFor(await provider.clientToken())).toBe(200)
    expect(await statusFor(old)).toBe(200)
    await provider.rotateKeys()
    provider.withdrawOldKeys()
    expect(await statusFor(await provider.clientToken())).toBe(200)
    expect(await statusFor(old)).toBe(401)
    expect(provider.metadataRequests()).toBe(1)
  })

  it('rejects tokens for another audience', async () => {
    await open({ JWT_AUDIENCE: 'https://another.example' })
    expect(await statusFor(await provider.clientToken())).toBe(401)
    expect(running.logs().at(-1)).toMatchObject({ reason: 'wrong_audience' })
  })

  it('is not ready, and reports why, if JWT_ISSUER has an extra slash', async () => {
    await open({ JWT_ISSUER: `${provider.issuer}/` })
    expect((await fetch(`${running.url}/health/ready`)).status).toBe(503)
    const { checks } = (await (await fetch(`${running.adminUrl}/health`)).json()) as { checks: object }
    expect(checks).toMatchObject({
      'jwt:keys': [{ status: 'fail', output: expect.stringContaining('issuer_mismatch') }],
    })
    const unavailable = expect.objectContaining({ msg: 'JWKS unavailable', reason: 'issuer_mismatch' })
    expect(running.logs()).toContainEqual(unavailable)
    expect(await statusFor(await provider.clientToken())).toBe(503)
  })
})
