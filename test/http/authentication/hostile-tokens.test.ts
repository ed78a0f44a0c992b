import { createHmac, KeyObject, sign } from 'node:crypto'
import { exportSPKI } from 'jose'
import {
  startJwksServer,
  createTestKey,
  type TestKey,
  testAudience,
  testIssuer,
} from '../../support/identity-provider.js'
import { type JwtServer, startJwtServer } from './jwt-server.js'

let rsa: TestKey
let ec: TestKey
let server: JwtServer

beforeAll(async () => {
  rsa = await createTestKey({ alg: 'RS256', kid: 'rsa' })
  ec = await createTestKey({ kid: 'ec' })
  const octet = { kty: 'oct', kid: 'oct', k: encode('an octet key'), alg: 'HS256' }
  server = await startJwtServer({ jwks: [rsa.jwk, ec.jwk, octet] })
})
afterAll(() => server.close())
beforeEach(() => {
  server.refusals.length = 0
})

const now = () => Math.floor(Date.now() / 1000)
const claims = () => ({ iss: testIssuer, aud: testAudience, sub: 'mallory', exp: now() + 300 })
const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** A token of exactly these texts, signed with the EC key that the service trusts. */
function signedAsIs(header: string, payload: string, encoding: 'utf8' | 'base64url' = 'utf8'): string {
  const input = `${encode(header)}.${Buffer.from(payload, encoding).toString('base64url')}`
  const key = { key: KeyObject.from(ec.privateKey), dsaEncoding: 'ieee-p1363' } as const
  return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`
}

function hmacSigned(header: object, secret: string | Buffer): string {
  const input = `${encode(header)}.${encode(claims())}`
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

async function expectRefused(token: string, reason: string) {
  const { status, body, headers } = await server.withToken(token)
  expect([status, body.code, server.refusals]).toEqual([401, 'unauthenticated', [reason]])
  const challenge = /^Bearer realm="face-groups", error="invalid_token", error_description="[\w .]+"$/
  expect(headers['www-authenticate']).toMatch(challenge)
}

it('accepts a token built by hand with the trusted key, so that each refusal below has its own reason', async () => {
  const token = signedAsIs(JSON.stringify({ alg: 'ES256', kid: 'ec' }), JSON.stringify(claims()))
  expect((await server.withToken(token)).status).toBe(200)
})

describe('the algorithm is not chosen by the token', () => {
  it('rejects HS256 keyed with the PEM of the public key', async () => {
    const pem = await exportSPKI(rsa.publicKey)
    await expectRefused(hmacSigned({ alg: 'HS256', kid: 'rsa' }, pem), 'algorithm_refused')
  })

  it('rejects HS256 keyed with the public JWK', async () => {
    const token = hmacSigned({ alg: 'HS256', kid: 'rsa' }, JSON.stringify(rsa.jwk))
    await expectRefused(token, 'algorithm_refused')
  })

  it('rejects HS256 keyed with an octet key of the JWKS itself', async () => {
    await expectRefused(hmacSigned({ alg: 'HS256', kid: 'oct' }, 'an octet key'), 'algorithm_refused')
  })

  it('rejects HMAC and none even if the configuration allows them', async () => {
    const lax = await startJwtServer({
      jwks: [{ kty: 'oct', k: encode('an octet key') }],
      algorithms: ['HS256', 'none'],
    })
    const answers = [
      await lax.withToken(hmacSigned({ alg: 'HS256' }, 'an octet key')),
      await lax.withToken(`${encode({ alg: 'none' })}.${encode(claims())}.${encode('x')}`),
    ]
    await lax.close()
    expect(answers.map(({ status }) => status)).toEqual([401, 401])
    expect(lax.refusals).toEqual(['algorithm_refused', 'algorithm_refused'])
  })

  it.each(['none', 'None', 'NONE', 'nOnE', 'RS512', 'ES384', 'RS1', 'dir', 'RS256 ', 'ＲＳ256', '', 'constructor'])(
    'rejects the algorithm %j',
    async (alg) => {
      await expectRefused(`${encode({ alg, kid: 'ec' })}.${encode(claims())}.${encode('x')}`, 'algorithm_refused')
    },
  )

  it.each([[null], [1], [['ES256']], [{}], [undefined]])('rejects an algorithm that is %j', async (alg) => {
    const header = JSON.stringify({ alg, kid: 'ec' })
    await expectRefused(signedAsIs(header, JSON.stringify(claims())), 'malformed_token')
  })

  it('rejects a key that belongs to another algorithm', async () => {
    await expectRefused(await rsa.mint({}, { kid: 'ec' }), 'unknown_key')
  })

  it.each(['', '.'])('rejects an unsigned token that ends with %j', async (end) => {
    await expectRefused(`${encode({ alg: 'ES256', kid: 'ec' })}.${encode(claims())}${end}`, 'malformed_token')
  })
})

describe('the key is not chosen by the token', () => {
  it('ignores the key URLs in a token', async () => {
    const mallory = await createTestKey({ kid: 'ec' })
    let asked = 0
    const jwks = await startJwksServer()
    jwks.answer((_request, response) => {
      asked += 1
      response.end(JSON.stringify({ keys: [mallory.jwk] }))
    })
    const offers = { jku: jwks.url.href, x5u: jwks.url.href, jwk: mallory.jwk, x5c: ['MIIB'] }
    await expectRefused(await mallory.mint({}, offers), 'bad_signature')
    await jwks.close()
    expect(asked).toBe(0)
  })

  it.each([
    '../../../../dev/null',
    '/etc/passwd',
    "x' UNION SELECT 'key' --",
    'http://127.0.0.1:1/key',
    '| whoami',
    '\u0000',
    '‮ce',
    'ес',
    '__proto__',
    'constructor',
    'k'.repeat(4000),
  ])('treats the key id %j as a name and nothing else', async (kid) => {
    await expectRefused(await ec.mint({}, { kid }), 'unknown_key')
  })

  it.each([[1], [null], [['ec']], [{ ec: 1 }]])('rejects a key id that is %j', async (kid) => {
    const header = JSON.stringify({ alg: 'ES256', kid })
    await expectRefused(signedAsIs(header, JSON.stringify(claims())), 'malformed_token')
  })

  it('rejects a token signed with another key under a trusted key id', async () => {
    await expectRefused(await (await createTestKey({ kid: 'ec' })).mint(), 'bad_signature')
  })

  it('rejects unknown critical extensions', async () => {
    const header = JSON.stringify({ alg: 'ES256', kid: 'ec', crit: ['exp'], exp: 1 })
    await expectRefused(signedAsIs(header, JSON.stringify(claims())), 'malformed_token')
  })

  it('rejects an unencoded payload', async () => {
    const header = JSON.stringify({ alg: 'ES256', kid: 'ec', crit: ['b64'], b64: false })
    const { status } = await server.withToken(signedAsIs(header, JSON.stringify(claims())))
    expect([status, server.refusals.length]).toEqual([401, 1])
  })
})

describe('the signature covers the payload', () => {
  it('rejects another payload under the same signature', async () => {
    const [header, , signature] = (await ec.mint()).split('.')
    await expectRefused(`${header}.${encode(claims())}.${signature}`, 'bad_signature')
  })

  it('rejects a signature with one flipped bit', async () => {
    const [header, payload, signature = ''] = (await ec.mint()).split('.')
    const bytes = Buffer.from(signature, 'base64url')
    bytes[5] = (bytes[5] ?? 0) ^ 1
    await expectRefused(`${header}.${payload}.${bytes.toString('base64url')}`, 'bad_signature')
  })

  it.each([
    ['zeros (the psychic signature)', Buffer.alloc(64)],
    ['one byte', Buffer.alloc(1)],
    ['the DER form, zeros', Buffer.from('3006020100020100', 'hex')],
  ])('rejects a signature of %s', async (_name, bytes) => {
    const [header, payload] = (await ec.mint()).split('.')
    await expectRefused(`${header}.${payload}.${bytes.toString('base64url')}`, 'bad_signature')
  })
})

describe('the claims', () => {
  it.each([
    ['expired', { exp: 1 }],
    ['not_yet_valid', { nbf: 4_000_000_000 }],
    ['wrong_issuer', { iss: `${testIssuer}x` }],
    ['wrong_issuer', { iss: undefined }],
    ['wrong_issuer', { iss: testIssuer.toUpperCase() }],
    ['wrong_audience', { aud: 'other' }],
    ['wrong_audience', { aud: ['other', 'face-groups2'] }],
    ['wrong_audience', { aud: [] }],
    ['wrong_audience', { aud: undefined }],
    ['bad_claims', { exp: undefined }],
    ['bad_claims', { sub: undefined }],
    ['bad_claims', { sub: '' }],
  ])('are rejected as %s: %j', async (reason, changed) => {
    await expectRefused(await ec.mint(changed), reason)
  })

  it.each([
    ['bad_claims', { exp: '4000000000' }],
    ['bad_claims', { exp: null }],
    ['bad_claims', { nbf: 'soon' }],
    ['bad_claims', { sub: ['alice'] }],
    ['bad_claims', { sub: 7 }],
    ['wrong_issuer', { iss: [testIssuer] }],
    ['wrong_audience', { aud: { 'face-groups': true } }],
  ])('of another type are rejected as %s: %j', async (reason, changed) => {
    const token = signedAsIs('{"alg":"ES256","kid":"ec"}', JSON.stringify({ ...claims(), ...changed }))
    await expectRefused(token, reason)
  })

  it('may name several audiences, if ours is among them', async () => {
    expect((await server.withToken(await ec.mint({ aud: ['other', testAudience] }))).status).toBe(200)
  })

  it.each([
    ['twice', '{"sub":"alice","sub":"mallory",'],
    ['twice, once escaped', '{"sub":"alice","s\\u0075b":"mallory",'],
    ['twice, with a list between', '{"sub":"alice","aud":["a"],"sub":"mallory",'],
    ['twice, with an object between', '{"sub":"alice","act":{"x":"y"},"sub":"mallory",'],
    ['twice in an object in a list', '{"sub":"alice","acts":[{"sub":"a","sub":"b"}],'],
    ['twice in a nested object', '{"sub":"alice","act":{"sub":"a","sub":"b"},'],
    ['twice, with spaces before the colon', '{"sub" :"alice","sub"\n: "mallory",'],
    ['twice, with brackets in a text between', '{"sub":"alice","x":"}{][","sub":"mallory",'],
    ['twice, with a quote in a text between', '{"sub":"alice","x":"\\"","sub":"mallory",'],
    ['twice, with a line separator in the name', '{"sub":"alice","a\u2028":1,"a\u2028":2,'],
  ])('that contain a member %s are rejected', async (_name, start) => {
    const payload = start + JSON.stringify({ ...claims(), sub: undefined }).slice(1)
    await expectRefused(signedAsIs('{"alg":"ES256","kid":"ec"}', payload), 'malformed_token')
  })

  it('may contain equal names in different objects, and names as values', async () => {
    const payload = JSON.stringify({
      ...claims(),
      a: { sub: 1 },
      b: [{ sub: 2 }, { sub: 3 }, 'sub', 'sub', '"sub":', '\\":{', ':'],
    })
    expect((await server.withToken(signedAsIs('{"alg":"ES256","kid":"ec"}', payload))).status).toBe(200)
  })

  it('are rejected if the header has a duplicate parameter', async () => {
    const header = '{"alg":"none","alg":"ES256","kid":"ec"}'
    await expectRefused(signedAsIs(header, JSON.stringify(claims())), 'malformed_token')
  })

  it.each(['null', '[]', '"x"', '7', '', '{'])('are rejected if the payload is %j', async (payload) => {
    await expectRefused(signedAsIs('{"alg":"ES256","kid":"ec"}', payload), 'malformed_token')
  })
})

describe('the form', () => {
  it.each([
    ['a leading dot', (token: string) => `.${token}`],
    ['a trailing dot', (token: string) => `${token}.`],
    ['a fourth part', (token: string) => `${token}.x`],
    ['padding', (token: string) => `${token}==`],
    ['a trailing word', (token: string) => `${token} x`],
    ['a second token', (token: string) => `${token}, ${token}`],
    ['quotes', (token: string) => `"${token}"`],
    ['the alphabet of plain Base64', (token: string) => token.replace('.', '+.')],
    ['a Latin-1 letter', (token: string) => `${token}é`],
    ['a soft hyphen within', (token: string) => token.replace('.', '\u00AD.')],
    ['a tab within', (token: string) => token.replace('.', '\t.')],
    ['one part alone', (token: string) => token.slice(0, token.indexOf('.'))],
    ['five parts, as an encrypted token', (token: string) => `${token}.x.y`],
  ])('is rejected with %s', async (_name, spoil) => {
    await expectRefused(spoil(await ec.mint()), 'malformed_token')
  })

  it('is canonical: other unused bits at the end of the signature are rejected', async () => {
    const token = await ec.mint()
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const respelt = token.slice(0, -1) + alphabet[alphabet.indexOf(token.at(-1) ?? '') ^ 1]
    await expectRefused(respelt, 'malformed_token')
  })

  it('is rejected if the payload is not UTF-8', async () => {
    const text = JSON.stringify({ ...claims(), name: '#' })
    const payload = Buffer.from(text.replace('#', '\u00ff'), 'latin1').toString('base64url')
    await expectRefused(signedAsIs('{"alg":"ES256","kid":"ec"}', payload, 'base64url'), 'malformed_token')
  })

  it('is rejected if the header is not UTF-8', async () => {
    const header = Buffer.from([...Buffer.from('{"alg":"ES256","kid":"'), 0xff, 0x22, 0x7d]).toString('base64url')
    await expectRefused(`${header}.${encode(claims())}.${encode('x')}`, 'malformed_token')
  })

  it.each(['null', '[]', '"ES256"', '{', ''])('is rejected if the header is %j', async (header) => {
    await expectRefused(`${encode(header)}.${encode(claims())}.${encode('x')}`, 'malformed_token')
  })

  it('is rejected at 1 MB before anything is computed', async () => {
    await expectRefused(`${encode({ alg: 'ES256' })}.${'A'.repeat(1024 * 1024)}.x`, 'oversized_token')
  })

  it('is rejected beyond 8192 characters even with a valid signature', async () => {
    await expectRefused(await ec.mint({ filler: 'x'.repeat(8192) }), 'oversized_token')
  })
})
