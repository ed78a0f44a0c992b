import { createServer } from 'node:http'
import { loadConfig } from '../../src/config/load-config.js'
import { type DevServers, devEnvironment, hasOwnFinAuth } from '../../simulator/dev-environment.js'
import { closeNow, firstFreePort, listen } from '../../simulator/listen.js'

const servers: DevServers = {
  finauthUrl: 'http://127.0.0.1:4001',
  issuer: 'http://127.0.0.1:4002',
  audience: 'face-groups',
  jwksUri: 'http://127.0.0.1:4002/.well-known/jwks.json',
  host: '127.0.0.1',
  port: 3000,
  adminPort: 9464,
}

it('creates an environment that the service accepts', () => {
  expect(loadConfig(devEnvironment({}, servers))).toMatchObject({
    environment: 'development',
    finauth: { baseUrl: 'http://127.0.0.1:4001', standby: null },
    authentication: { mode: 'jwt', issuer: 'http://127.0.0.1:4002' },
    redis: null,
    explorer: true,
  })
})

it('keeps a real account or identity provider away from the service when it uses the simulator', () => {
  const environment = devEnvironment(
    {
      FINAUTH_API_KEY_FILE: '/run/secrets/key',
      FINAUTH_STANDBY_API_KEY: 'real-key',
      FINAUTH_STANDBY_API_SECRET: 'real-secret',
      HTTPS_PROXY: 'http://proxy.test:3128',
      JWT_JWKS_FILE: '/etc/jwks.json',
      JWT_SCOPE_CLAIMS: 'roles',
      JWT_AUDIENCE_CLAIM: 'client_id',
      AUTH_MODE: 'none',
    },
    servers,
  )
  expect(loadConfig(environment)).toMatchObject({
    finauth: { standby: null },
    egress: { httpsProxy: null },
    authentication: {
      mode: 'jwt',
      jwks: { uri: servers.jwksUri },
      scopeClaims: ['scope', 'scp'],
      audienceClaim: 'aud',
    },
  })
})

it('passes Redis and the cache settings on', () => {
  const environment = devEnvironment({ REDIS_URL: 'redis://127.0.0.1:6379', CACHE_TTL_SECONDS: '7' }, servers)
  expect(loadConfig(environment)).toMatchObject({ redis: { topology: { kind: 'standalone' } }, cache: { ttlMs: 7000 } })
})

it('keeps a configured FinAuth, which needs an address and both halves of an account', () => {
  const own = { FINAUTH_BASE_URL: 'https://finauth.test', FINAUTH_API_KEY: 'k', FINAUTH_API_SECRET_FILE: '/s' }
  expect(hasOwnFinAuth(own)).toBe(true)
  expect(hasOwnFinAuth({ ...own, FINAUTH_BASE_URL: ' ' })).toBe(false)
  expect(hasOwnFinAuth({ ...own, FINAUTH_API_SECRET_FILE: '' })).toBe(false)
  expect(devEnvironment(own, { ...servers, finauthUrl: null })).toMatchObject(own)
})

it('uses the next port if one is in use', async () => {
  const host = '127.0.0.1'
  const taken = createServer()
  const port = await listen(taken, { host, port: 0 })
  expect(await firstFreePort(host, port)).toBeGreaterThan(port)
  expect(await firstFreePort(host, port, port + 1)).toBeGreaterThan(port + 1)
  await closeNow(taken)
})
