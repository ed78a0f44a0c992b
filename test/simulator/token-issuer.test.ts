import { setTimeout as delay } from 'node:timers/promises'
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { startTokenIssuer } from '../../simulator/token-issuer.js'
import { useTokenIssuer } from '../support/upstream.js'

const issuer = useTokenIssuer()

async function verify(token: string): Promise<Record<string, unknown>> {
  const keys = createRemoteJWKSet(new URL(issuer().jwksUri), { cooldownDuration: 0 })
  const { payload } = await jwtVerify(token, keys, { issuer: issuer().issuer, audience: issuer().audience })
  return payload
}

it('mints tokens that its key set verifies', async () => {
  const payload = await verify(await issuer().mint({ scope: 'face-groups:refresh', sub: 'ada' }))
  expect(payload).toMatchObject({ sub: 'ada', scope: 'face-groups:refresh' })
})

it('mints an expired token on request', async () => {
  await expect(verify(await issuer().mint({}, { expiresInSeconds: -10 }))).rejects.toThrow('exp')
})

it('omits a claim on request', async () => {
  expect(await verify(await issuer().mint({ sub: undefined }))).not.toHaveProperty('sub')
})

it('puts members into the header on request, but never another algorithm', async () => {
  const token = await issuer().mint({}, { header: { kid: undefined, typ: 'at+jwt', alg: 'none' } })
  expect(decodeProtectedHeader(token)).toEqual({ alg: 'ES256', typ: 'at+jwt' })
})

it('signs with a new key after a rotation and still publishes the old one', async () => {
  const old = await issuer().mint()
  await issuer().rotate()
  const fresh = await issuer().mint()
  expect(decodeProtectedHeader(fresh).kid).not.toBe(decodeProtectedHeader(old).kid)
  await expect(verify(old)).resolves.toHaveProperty('sub')
  await expect(verify(fresh)).resolves.toHaveProperty('sub')
})

it('withdraws the old key on request', async () => {
  const old = await issuer().mint()
  await issuer().rotate({ keepOld: false })
  await expect(verify(old)).rejects.toThrow('no applicable key')
})

it('never publishes a private key', async () => {
  const text = await (await fetch(issuer().jwksUri)).text()
  expect(JSON.parse(text)).toMatchObject({ keys: [{ kty: 'EC', use: 'sig' }] })
  expect(text).not.toContain('"d":')
})

it('publishes where its keys are', async () => {
  const response = await fetch(`${issuer().issuer}/.well-known/openid-configuration`)
  expect(await response.json()).toMatchObject({ issuer: issuer().issuer, jwks_uri: issuer().jwksUri })
})

it.each([
  ['JSON', { body: JSON.stringify({ sub: 'bo', scope: 'a b', expiresInSeconds: 9 }), type: 'application/json' }],
  ['a form', { body: 'sub=bo&scope=a+b&expiresInSeconds=9', type: 'application/x-www-form-urlencoded' }],
])('issues a token for a request with %s', async (_, { body, type }) => {
  const response = await fetch(`${issuer().issuer}/token`, { method: 'POST', body, headers: { 'content-type': type } })
  const answer = (await response.json()) as Record<string, unknown>
  expect(answer).toMatchObject({ token_type: 'Bearer', expires_in: 9, scope: 'a b' })
  expect(await verify(String(answer['access_token']))).toMatchObject({ sub: 'bo', scope: 'a b' })
})

it.each(['{"sub": ""}', '{"expiresInSeconds": 0}', '{"admin": true}', '[]', '{'])(
  'rejects the token request %s',
  async (body) => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${issuer().issuer}/token`, { method: 'POST', body, headers })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: 'invalid_request' })
  },
)

it('counts the requests for its keys and misbehaves on request', async () => {
  const before = issuer().jwksRequests()
  issuer().setFault({ kind: 'fail', status: 503 })
  expect((await fetch(issuer().jwksUri)).status).toBe(503)
  issuer().setFault({ kind: 'garbage' })
  await expect((await fetch(issuer().jwksUri)).json()).rejects.toThrow('JSON')
  issuer().setFault({ kind: 'empty_key_set' })
  expect(await (await fetch(issuer().jwksUri)).json()).toEqual({ keys: [] })
  issuer().setFault({ kind: 'hang' })
  await expect(fetch(issuer().jwksUri, { signal: AbortSignal.timeout(500) })).rejects.toThrow('timeout')
  expect(issuer().jwksRequests()).toBe(before + 4)
})

it('answers slowly on request', async () => {
  issuer().setFault({ kind: 'slow', delayMs: 500 })
  const answer = fetch(issuer().jwksUri)
  expect(await Promise.race([answer, delay(20, 'waiting')])).toBe('waiting')
  expect((await answer).status).toBe(200)
})

it.each(['RS256', 'EdDSA'] as const)('signs with %s on request', async (algorithm) => {
  const own = await startTokenIssuer({ algorithm })
  const token = await own.mint()
  const keys = createRemoteJWKSet(new URL(own.jwksUri))
  const { protectedHeader } = await jwtVerify(token, keys, { issuer: own.issuer })
  expect(protectedHeader.alg).toBe(algorithm)
  await own.close()
})
