import type { JwtAuthenticatorOptions } from '../../../src/http/authentication/jwt-authenticator.js'
import { useJwtServers } from './jwt-server.js'

const { key, open } = await useJwtServers()

interface Shape {
  readonly claims: Record<string, unknown>
  readonly header?: Record<string, unknown>
  readonly options?: Partial<JwtAuthenticatorOptions>
}

async function answerTo({ claims, header = {}, options = {} }: Shape) {
  const server = await open(options)
  const { status, body } = await server.withToken(await key.mint(claims, header))
  return { status, body, reason: server.refusals[0] }
}

const tenant = '11111111-2222-3333-4444-555555555555'

const shapes: [string, Shape, string[]][] = [
  [
    'Entra ID, app roles',
    {
      claims: {
        iss: `https://login.microsoftonline.com/${tenant}/v2.0`,
        aud: tenant,
        ver: '2.0',
        tid: tenant,
        azp: 'client',
        azpacr: '1',
        oid: 'o',
        sub: 'pairwise',
        uti: 'u',
        rh: '0.A',
        roles: ['face-groups:refresh'],
      },
      header: { typ: 'JWT' },
      options: {
        issuer: `https://login.microsoftonline.com/${tenant}/v2.0`,
        audience: tenant,
        scopeClaims: ['roles', 'scp'],
      },
    },
    ['face-groups:refresh'],
  ],
  [
    'Entra ID, delegated scopes',
    { claims: { scp: 'face-groups.read face-groups.refresh', roles: [] }, options: { scopeClaims: ['roles', 'scp'] } },
    ['face-groups.read', 'face-groups.refresh'],
  ],
  [
    'Auth0, permissions of an API with RBAC',
    {
      claims: {
        iss: 'https://tenant.eu.auth0.com/',
        aud: ['https://face-groups', 'https://tenant.eu.auth0.com/userinfo'],
        sub: 'auth0|1',
        azp: 'client',
        scope: 'openid profile',
        permissions: ['face-groups:refresh'],
      },
      header: { typ: 'at+jwt' },
      options: {
        issuer: 'https://tenant.eu.auth0.com/',
        audience: 'https://face-groups',
        scopeClaims: ['scope', 'permissions'],
      },
    },
    ['face-groups:refresh', 'openid', 'profile'],
  ],
  [
    'Auth0, roles of an Action under a URL',
    { claims: { 'https://a.example/roles': ['reader'] }, options: { scopeClaims: ['https://a.example/roles'] } },
    ['reader'],
  ],
  [
    'Okta, scopes of a custom authorization server',
    { claims: { scp: ['face-groups:refresh'], cid: '0oa1', uid: '00u1', ver: 1, jti: 'AT.1' } },
    ['face-groups:refresh'],
  ],
  [
    'Keycloak, realm and client roles',
    {
      claims: {
        typ: 'Bearer',
        azp: 'web',
        acr: '1',
        scope: 'profile email',
        realm_access: { roles: ['realm-reader'] },
        resource_access: { 'face-groups': { roles: ['face-groups:refresh'] }, other: { roles: ['admin'] } },
      },
      header: { typ: 'JWT' },
      options: { scopeClaims: ['realm_access.roles', 'resource_access.face-groups.roles'] },
    },
    ['face-groups:refresh', 'realm-reader'],
  ],
  [
    'Cognito, which has client_id and no aud',
    {
      claims: {
        aud: undefined,
        client_id: '1example23456789',
        token_use: 'access',
        origin_jti: 'o',
        version: 2,
        scope: 'https://face-groups/refresh',
        'cognito:groups': ['readers'],
        username: 'alice',
      },
      options: {
        audience: '1example23456789',
        audienceClaim: 'client_id',
        scopeClaims: ['scope', 'cognito:groups'],
      },
    },
    ['https://face-groups/refresh', 'readers'],
  ],
]

describe('a token shaped like that of', () => {
  it.each(shapes)('%s has the scopes it is configured for', async (_provider, shape, scopes) => {
    const { status, body } = await answerTo(shape)
    expect(status).toBe(200)
    expect((body.scopes as string[]).toSorted()).toEqual(scopes)
  })
})

describe('the scope claims', () => {
  const scopesOf = async (claims: Record<string, unknown>, ...scopeClaims: string[]) =>
    (await answerTo({ claims, options: { scopeClaims } })).body.scopes

  it('are read by their exact name before dots descend', async () => {
    expect(await scopesOf({ 'a.b': 'exact', a: { b: 'nested' } }, 'a.b')).toEqual(['exact'])
    expect(await scopesOf({ a: { 'b.c': 'exact', b: { c: 'nested' } } }, 'a.b.c')).toEqual(['exact'])
  })

  it.each([
    ['a list on the way', { a: [{ b: 'x' }] }, 'a.0.b'],
    ['a text on the way', { a: 'text' }, 'a.length'],
    ['an object at the end', { a: { b: { c: 'x' } } }, 'a.b'],
    ['what every object inherits', {}, 'constructor.name'],
    ['what every object inherits, one step down', { a: {} }, 'a.constructor.name'],
    ['scope where it is not configured', { scope: 'x' }, 'scp'],
  ])('yield no scopes from %s', async (_what, claims, name) => {
    expect(await scopesOf(claims, name)).toEqual([])
  })

  it('can restrict callers to groups by a path, too', async () => {
    const { body } = await answerTo({ claims: { app: { groups: ['a*'] } }, options: { groupsClaim: 'app.groups' } })
    expect(body.groupPatterns).toEqual(['a*'])
  })
})

describe('the audience claim', () => {
  it.each([
    [200, { client_id: 'face-groups', aud: 'other' }],
    [200, { client_id: ['other', 'face-groups'] }],
    [401, { client_id: 'other', aud: 'face-groups' }],
    [401, { aud: 'face-groups' }],
    [401, { client_id: { 'face-groups': true } }],
  ])('client_id leads to %i for %j', async (status, claims) => {
    const answer = await answerTo({ claims, options: { audienceClaim: 'client_id' } })
    expect([answer.status, answer.reason]).toEqual([status, status === 200 ? undefined : 'wrong_audience'])
  })
})

describe('an ID token', () => {
  it.each([
    ['a nonce', { nonce: 'n' }, {}],
    ['at_hash', { at_hash: 'h' }, {}],
    ['c_hash', { c_hash: 'h' }, {}],
    ['an empty nonce', { nonce: null }, {}],
    ['a nonce, for its client', { nonce: 'n', aud: 'client' }, {}],
    ['another type', {}, { typ: 'id+jwt' }],
    ['the type of a logout token', {}, { typ: 'logout+jwt' }],
    ['a type that begins as that of an access token', {}, { typ: 'at+jwt2' }],
    ['a type that contains that of an access token', {}, { typ: 'x/at+jwt' }],
    ['an empty type', {}, { typ: '' }],
    ['a type that is no text', {}, { typ: ['JWT'] }],
  ])('is rejected, recognised by %s', async (_what, claims, header) => {
    const { status, reason, body } = await answerTo({ claims, header })
    expect([status, reason, body.code]).toEqual([401, 'id_token', 'unauthenticated'])
  })

  it.each(['JWT', 'jwt', 'at+jwt', 'AT+JWT', 'application/at+jwt', 'Application/JWT', undefined])(
    'does not include a token of the type %s',
    async (typ) => {
      expect((await answerTo({ claims: {}, header: { typ } })).status).toBe(200)
    },
  )
})
