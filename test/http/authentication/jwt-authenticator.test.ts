import { createFakeClock } from '../../support/fake-clock.js'
import { createTestKey } from '../../support/identity-provider.js'
import { fixedKeys, useJwtServers } from './jwt-server.js'

const { key, open } = await useJwtServers()

describe('the caller of a token', () => {
  it('is its sub, with the scopes of scope and scp', async () => {
    const server = await open()
    const token = await key.mint({ scope: 'a b', scp: ['c', 7] })
    expect((await server.withToken(token)).body).toEqual({
      subject: 'alice',
      scopes: ['a', 'b', 'c'],
      groupPatterns: null,
    })
  })

  it.each([
    ['scp', 'a b', ['a', 'b']],
    ['scp', ['a', 'b c'], ['a', 'b', 'c']],
    ['scope', 'a, b', ['a', 'b']],
    ['scope', ' a\tb ', ['a', 'b']],
    ['scope', ['a', 'b'], ['a', 'b']],
    ['scope', { a: 1 }, []],
    ['scope', undefined, []],
  ])('has the scopes of %s: %j', async (claim, value, scopes) => {
    const server = await open()
    expect((await server.withToken(await key.mint({ [claim]: value }))).body.scopes).toEqual(scopes)
  })

  it.each([
    ['a list, in one canonical order', ['b*', 'a', 'b*'], ['a', 'b*']],
    ['nothing if the claim is absent', undefined, []],
    ['nothing if the claim is a string', 'a', []],
    ['nothing if one entry is not a string', ['a', 1], []],
    ['nothing if the list is empty', [], []],
    ['everything if * is among them', ['a', '*'], null],
  ])('may see the groups of the claim: %s', async (_name, groups, expected) => {
    const server = await open({ groupsClaim: 'groups' })
    expect((await server.withToken(await key.mint({ groups }))).body.groupPatterns).toEqual(expected)
  })

  it('has no groups from inherited properties', async () => {
    const server = await open({ groupsClaim: 'constructor' })
    expect((await server.withToken(await key.mint())).body.groupPatterns).toEqual([])
  })

  it.each(['RS256', 'PS256', 'EdDSA'])('is accepted when signed with %s', async (alg) => {
    const other = await createTestKey({ alg })
    const server = await open({ jwks: [key.jwk, other.jwk] })
    expect((await server.withToken(await other.mint())).status).toBe(200)
  })

  it('is accepted if the token has no kid and one of several keys fits', async () => {
    const other = await createTestKey({ kid: 'k0' })
    const server = await open({ jwks: [other.jwk, key.jwk] })
    expect((await server.withToken(await key.mint({}, { kid: undefined }))).status).toBe(200)
  })

  it.each([
    [200, 15],
    [401, 16],
  ])('gets %i if the token has no kid and %i other keys fit first', async (status, count) => {
    const others = await Promise.all(Array.from({ length: count }, (_, n) => createTestKey({ kid: `other-${n}` })))
    const server = await open({ jwks: [...others.map(({ jwk }) => jwk), key.jwk] })
    expect((await server.withToken(await key.mint({}, { kid: undefined }))).status).toBe(status)
  })

  it.each([
    { use: 'enc' },
    { key_ops: ['encrypt'] },
    { alg: 'ES384' },
    { kid: 'k2' },
    { crv: 'P-384' },
    { kty: 'OKP' },
  ])('is rejected if the key is declared with %j', async (declared) => {
    const server = await open({ jwks: [{ ...key.jwk, ...declared }] })
    expect((await server.withToken(await key.mint())).status).toBe(401)
    expect(server.refusals).toEqual(['unknown_key'])
  })

  it('is accepted although the key has members that are not used', async () => {
    const server = await open({ jwks: [{ ...key.jwk, ext: 'yes', x5c: ['MIIB'], x5u: 'https://a.example/' }] })
    expect((await server.withToken(await key.mint())).status).toBe(200)
  })

  it.each([0, 1])('gets the reason of the refusal although several keys might fit, in either order: %i', async (at) => {
    const other = await createTestKey({ kid: 'k0' })
    const server = await open({ jwks: [key.jwk, other.jwk] })
    const token = await [key, other][at]!.mint({ exp: 1 }, { kid: undefined })
    expect((await server.withToken(token)).body.detail).toBe('The token has expired.')
    expect(server.refusals).toEqual(['expired'])
  })

  it('is rejected if the key does not fit its algorithm', async () => {
    const rsa = await createTestKey({ alg: 'RS256' })
    const server = await open({ keys: fixedKeys(async () => [rsa.publicKey]) })
    expect((await server.withToken(await key.mint())).status).toBe(401)
    expect(server.refusals).toEqual(['unknown_key'])
  })

  it('is not revealed to the sender of a rejected token', async () => {
    const server = await open()
    const token = await key.mint({ sub: 'leakDetector-subject', aud: 'leakDetector-audience' })
    const { status, body, headers } = await server.withToken(token)
    expect(status).toBe(401)
    expect(JSON.stringify({ body, headers })).not.toMatch(/leakDetector|eyJ/)
  })

  it('is not counted as a refusal if the keys fail unexpectedly', async () => {
    const server = await open({ keys: fixedKeys(() => Promise.reject(new Error('a bug'))) })
    expect((await server.withToken(await key.mint())).status).toBe(500)
    expect(server.refusals).toEqual([])
  })

  it('is accepted within the clock tolerance and not beyond it', async () => {
    const now = Math.floor(Date.now() / 1000)
    const server = await open({ clock: createFakeClock({ wallMs: now * 1000 }) })
    expect((await server.withToken(await key.mint({ exp: now - 4 }))).status).toBe(200)
    expect((await server.withToken(await key.mint({ exp: now - 5 }))).status).toBe(401)
  })
})

describe('the location of the token', () => {
  it('causes a challenge without an error code if there is no token', async () => {
    const server = await open()
    const { status, headers, body } = await server.request({})
    expect([status, body.code, headers['www-authenticate']]).toEqual([
      401,
      'unauthenticated',
      'Bearer realm="face-groups"',
    ])
    expect(body.detail).toBe('This needs a token.')
    expect(server.refusals).toEqual(['no_token'])
  })

  it('treats another scheme, or a bare Bearer, as no token', async () => {
    const server = await open()
    await server.request({ authorization: 'Basic YTpi' })
    await server.request({ authorization: 'Bearer' })
    expect(server.refusals).toEqual(['no_token', 'no_token'])
  })

  it('reads the scheme in any case', async () => {
    const server = await open()
    expect((await server.request({ authorization: `bEARER  ${await key.mint()}` })).status).toBe(200)
  })

  it('rejects two Authorization headers, even equal ones', async () => {
    const server = await open()
    const value = `Bearer ${await key.mint()}`
    expect((await server.request({ authorization: [value, value] })).headers['www-authenticate']).toContain(
      'invalid_token',
    )
    expect(server.refusals).toEqual(['ambiguous_token'])
  })

  it('accepts a bare token in the header of a gateway', async () => {
    const server = await open({ header: 'Cf-Access-Jwt-Assertion' })
    expect((await server.request({ 'cf-access-jwt-assertion': await key.mint() })).body).toMatchObject({
      subject: 'alice',
    })
    expect((await server.withToken(await key.mint())).status).toBe(401)
    expect(server.refusals).toEqual(['no_token'])
  })

  it('accepts the token from the cookie if the header has none', async () => {
    const server = await open({ cookie: 'session' })
    const token = await key.mint()
    expect((await server.request({ cookie: `xsession=no; session="${token}"; a=b` })).body).toMatchObject({
      subject: 'alice',
    })
    expect((await server.request({ cookie: 'session=bad', authorization: `Bearer ${token}` })).status).toBe(200)
  })

  it('ignores cookies unless one is configured', async () => {
    const server = await open()
    const token = await key.mint()
    await server.request({ cookie: `session=${token}; undefined=${token}` })
    expect(server.refusals).toEqual(['no_token'])
  })

  it.each(['', 'session=', 'session=""', 'other=x', 'session'])('finds no token in the cookies %j', async (cookie) => {
    const server = await open({ cookie: 'session' })
    expect((await server.request({ cookie })).status).toBe(401)
    expect((await server.request({})).status).toBe(401)
    expect(server.refusals).toEqual(['no_token', 'no_token'])
  })

  it('removes quotes from a cookie only if they surround it', async () => {
    const server = await open({ cookie: 'session' })
    const token = await key.mint()
    const [start, end] = [token.slice(0, 9), token.slice(9)]
    await server.request({ cookie: `session=${start}"${end}"` })
    await server.request({ cookie: `session="${start}"${end}` })
    expect(server.refusals).toEqual(['malformed_token', 'malformed_token'])
  })

  it('rejects two cookies of the same name', async () => {
    const server = await open({ cookie: 'session' })
    const token = await key.mint()
    await server.request({ cookie: `session=${token}; session=${token}` })
    expect(server.refusals).toEqual(['ambiguous_token'])
  })
})

/** Base64url cannot have every length: one filler in the header and one in the payload add up to any sum. */
async function tokenOfLength(length: number): Promise<string> {
  const { length: least } = await key.mint({ filler: '' }, { pad: '' })
  const about = Math.floor(((length - least) * 3) / 4)
  for (const pad of ['', 'x', 'xx']) {
    for (let size = about - 4; size <= about; size += 1) {
      const token = await key.mint({ filler: 'x'.repeat(size) }, { pad })
      if (token.length === length) return token
    }
  }
  throw new Error(`found no token of ${length} characters`)
}

describe('the longest token', () => {
  it('is accepted, and one character more is not', async () => {
    const server = await open()
    expect((await server.withToken(await tokenOfLength(8192))).status).toBe(200)
    expect((await server.withToken(await tokenOfLength(8193))).status).toBe(401)
    expect(server.refusals).toEqual(['oversized_token'])
  })
})
