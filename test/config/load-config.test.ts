import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { ConfigError, type Environment, loadConfig } from '../../src/config/load-config.js'

const minimal = {
  FINAUTH_API_KEY: 'key-of-the-test',
  FINAUTH_API_SECRET: 'secret-of-the-test',
  AUTH_MODE: 'jwt',
  JWT_ISSUER: 'https://issuer.example',
  JWT_AUDIENCE: 'face-groups',
  JWT_JWKS_URI: 'https://issuer.example/jwks.json',
}

function faultsOf(environment: Environment): readonly string[] {
  try {
    loadConfig(environment)
    return []
  } catch (error) {
    return (error as ConfigError).faults.map(({ detail }) => detail)
  }
}

describe('loadConfig', () => {
  it('returns the documented defaults', () => {
    const config = loadConfig(minimal)
    expect(config).toMatchObject({
      environment: 'development',
      host: '0.0.0.0',
      port: 3000,
      adminPort: 9464,
      logLevel: 'info',
      trustProxy: [],
      shutdown: { delayMs: 0, graceMs: 15_000 },
      redis: null,
      cache: { ttlMs: 60_000, staleMs: 86_400_000, backoffMs: 5000 },
      readScope: null,
      refreshScope: 'face-groups:refresh',
      groupsClaim: null,
      corsOrigins: [],
      rateLimitPerMinute: 600,
      explorer: true,
    })
    expect(config.finauth).toMatchObject({
      baseUrl: 'https://api-sgp.yljz.com',
      standby: null,
      signTtlSeconds: 60,
      timeoutMs: 5000,
      deadlineMs: 12_000,
      maxAttempts: 3,
      maxResponseBytes: 67_108_864,
    })
    expect(config.authentication).toMatchObject({
      mode: 'jwt',
      algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
      scopeClaims: ['scope', 'scp'],
      audienceClaim: 'aud',
      header: 'authorization',
      cookie: null,
    })
  })

  it('is deeply frozen', () => {
    const config = loadConfig(minimal)
    expect(Object.isFrozen(config)).toBe(true)
    expect(Object.isFrozen(config.finauth.primary)).toBe(true)
  })

  it('reports every fault together, one line each, naming the variable', () => {
    const faults = faultsOf({ PORT: 'eighty', LOG_LEVEL: 'loud', CACHE_TTL_SECONDS: '-1', AUTH_MODE: 'jwt' })
    for (const name of [
      'PORT',
      'LOG_LEVEL',
      'CACHE_TTL_SECONDS',
      'FINAUTH_API_KEY',
      'FINAUTH_API_SECRET',
      'JWT_ISSUER',
    ]) {
      expect(faults.filter((fault) => fault.startsWith(name))).toHaveLength(1)
    }
    expect(faults.every((fault) => !fault.includes('\n'))).toBe(true)
  })

  it('treats an empty variable as not set', () => {
    expect(loadConfig({ ...minimal, PORT: ' ', REDIS_URL: '' })).toMatchObject({ port: 3000, redis: null })
  })

  it.each([
    ['AUTH_MODE', { AUTH_MODE: undefined }],
    ['JWT_JWKS_URI', { JWT_JWKS_FILE: '/dev/null' }],
    ['JWT_ISSUER', { JWT_JWKS_URI: undefined, JWT_ISSUER: 'issuer.example' }],
    ['JWT_ISSUER', { JWT_JWKS_URI: undefined, JWT_ISSUER: 'https://issuer.example/?tenant=1' }],
    ['JWT_AUDIENCE_CLAIM', { JWT_AUDIENCE_CLAIM: 'aud, client_id' }],
    ['JWT_SCOPE_CLAIMS', { JWT_SCOPE_CLAIMS: 'realm_access..roles' }],
    ['JWT_SCOPE_CLAIMS', { JWT_SCOPE_CLAIMS: 'scope,.roles' }],
    ['JWT_SCOPE_CLAIMS', { JWT_SCOPE_CLAIMS: '"scope"' }],
    ['JWT_SCOPE_CLAIMS', { JWT_SCOPE_CLAIMS: 'scope scp' }],
    ['JWT_SCOPE_CLAIMS', { JWT_SCOPE_CLAIMS: ',' }],
    ['JWT_JWKS_FILE', { JWT_JWKS_URI: undefined, JWT_JWKS_FILE: '/nowhere/jwks.json' }],
    ['JWT_ALGORITHMS', { JWT_ALGORITHMS: 'RS256,HS256' }],
    ['JWT_ALGORITHMS', { JWT_ALGORITHMS: 'none' }],
    ['GATEWAY_SECRET', { AUTH_MODE: 'gateway' }],
    ['GATEWAY_CIDRS', { AUTH_MODE: 'gateway', GATEWAY_CIDRS: '0.0.0.0/0' }],
    ['AUTH_GROUPS_CLAIM', { AUTH_MODE: 'gateway', GATEWAY_SECRET: 'proof', AUTH_GROUPS_CLAIM: 'grüppen' }],
    ['HTTPS_PROXY', { HTTPS_PROXY: 'socks5://proxy:1080' }],
    ['FINAUTH_STANDBY_API_KEY', { FINAUTH_STANDBY_API_KEY: 'a&b=0', FINAUTH_STANDBY_API_SECRET: 'secret' }],
    ['TRUST_PROXY', { TRUST_PROXY: '::/0' }],
    ['TRUST_PROXY', { TRUST_PROXY: 'true' }],
    ['TRUST_PROXY', { TRUST_PROXY: '10.0.0.0/33' }],
    ['CORS_ORIGINS', { CORS_ORIGINS: '*' }],
    ['EXPLORER_SIGN_IN_URL', { EXPLORER_SIGN_IN_URL: 'javascript:alert(1)' }],
    ['EXPLORER_SIGN_OUT_URL', { EXPLORER_SIGN_OUT_URL: '//elsewhere.example/' }],
    ['CORS_ORIGINS', { CORS_ORIGINS: 'https://app.example.com/' }],
    ['FINAUTH_STANDBY_API_KEY', { FINAUTH_STANDBY_API_KEY: 'lonely' }],
    ['TRUST_PROXY', { TRUST_PROXY: '::ffff:0:0/96' }],
    ['GATEWAY_CIDRS', { AUTH_MODE: 'gateway', GATEWAY_CIDRS: '::ffff:10.0.0.0/104' }],
    ['CORS_ORIGINS', { CORS_ORIGINS: 'https://*.example.com' }],
    ['FINAUTH_BASE_URL', { FINAUTH_BASE_URL: 'ftp://vendor.example' }],
    ['FINAUTH_BASE_URL', { FINAUTH_BASE_URL: 'https://user:pass@vendor.example' }],
    ['REDIS_URL', { REDIS_URL: 'http://cache:6379' }],
    ['REDIS_URL', { REDIS_URL: 'redis://cache:6379/abc' }],
    ['REDIS_URL', { REDIS_URL: 'redis://cache:6379/3/4' }],
    ['REDIS_URL', { REDIS_URL: 'redis://cache:6379/-1' }],
    ['REDIS_URL', { REDIS_URL: 'redis://cache:6379?db=3' }],
    ['REDIS_URL', { REDIS_URL: 'redis://cache:6379/0?family=6' }],
    ['REDIS_URL', { REDIS_URL: 'redis://cache:6379/#3' }],
    ['REDIS_URL', { REDIS_URL: 'redis://cache:6379', REDIS_CLUSTER_NODES: 'a:1' }],
    ['REDIS_SENTINELS', { REDIS_SENTINELS: 'a:26379' }],
    ['REDIS_TLS_CA_FILE', { REDIS_URL: 'redis://cache:6379', REDIS_TLS_CA_FILE: '/dev/null' }],
    ['ADMIN_PORT', { PORT: '3000', ADMIN_PORT: '3000' }],
    ['FINAUTH_API_SECRET', { FINAUTH_API_SECRET_FILE: '/etc/hostname' }],
    ['HOST', { HOST: 'not a host' }],
    ['HOST', { HOST: '300.1.2.3' }],
    ['HOST', { HOST: 'http://0.0.0.0' }],
    ['REDIS_URL', { REDIS_URL: 'redis://:p%ZZ@cache:6379' }],
    ['REDIS_URL', { REDIS_URL: 'redis://p%ZZ@cache:6379' }],
    ['JWT_JWKS_FILE', { JWT_JWKS_URI: undefined, JWT_JWKS_FILE: '/etc/hostname' }],
    ['NODE_EXTRA_CA_CERTS', { NODE_EXTRA_CA_CERTS: '/nowhere/ca.pem' }],
    ['NODE_EXTRA_CA_CERTS', { NODE_EXTRA_CA_CERTS: '/etc/hostname' }],
    ['REDIS_PASSWORD_FILE', { REDIS_PASSWORD_FILE: '/nowhere/password' }],
  ])('rejects an invalid %s: %j', (name, change) => {
    expect(faultsOf({ ...minimal, ...change })).toEqual([expect.stringContaining(name)])
  })

  describe('rejects headers with another meaning:', () => {
    const reserved = ['Cookie', 'host', 'Content-Length', 'connection', 'Transfer-Encoding', 'x-gateway-secret']
    const others = ['x-forwarded-for', 'Forwarded', 'X-Request-Id', 'origin', 'Sec-Fetch-Site', 'Proxy-Authorization']

    it.each([...reserved, ...others, 'two words', 'grüße'])('JWT_HEADER=%s', (name) => {
      expect(faultsOf({ ...minimal, JWT_HEADER: name })).toEqual([expect.stringContaining('JWT_HEADER')])
    })

    const gateway = { ...minimal, AUTH_MODE: 'gateway', GATEWAY_SECRET: 'proof' }
    const variablesOfHeaders = ['GATEWAY_USER_HEADER', 'GATEWAY_SCOPES_HEADER', 'AUTH_GROUPS_CLAIM']
    it.each(variablesOfHeaders.flatMap((name) => [...reserved, 'Authorization'].map((header) => [name, header])))(
      '%s=%s',
      (name, header) => {
        expect(faultsOf({ ...gateway, [name]: header })).toEqual([expect.stringContaining(name)])
      },
    )

    it.each([
      ['GATEWAY_SCOPES_HEADER', { GATEWAY_USER_HEADER: 'X-Who', GATEWAY_SCOPES_HEADER: 'x-who' }],
      ['AUTH_GROUPS_CLAIM', { GATEWAY_USER_HEADER: 'x-who', AUTH_GROUPS_CLAIM: 'X-Who' }],
      ['AUTH_GROUPS_CLAIM', { AUTH_GROUPS_CLAIM: 'X-Forwarded-User' }],
      ['AUTH_GROUPS_CLAIM', { GATEWAY_SCOPES_HEADER: 'X-What', AUTH_GROUPS_CLAIM: 'x-what' }],
    ])('%s, if two names are equal: %j', (name, change) => {
      expect(faultsOf({ ...gateway, ...change })).toEqual([expect.stringMatching(new RegExp(`^${name} must differ`))])
    })

    it('accepts headers without another meaning', () => {
      expect(faultsOf({ ...minimal, JWT_HEADER: 'X-Forwarded-Access-Token' })).toEqual([])
      expect(faultsOf({ ...minimal, AUTH_GROUPS_CLAIM: 'host' })).toEqual([])
      const own = { GATEWAY_USER_HEADER: 'X-A', GATEWAY_SCOPES_HEADER: 'X-B', AUTH_GROUPS_CLAIM: 'X-C' }
      expect(faultsOf({ ...gateway, ...own })).toEqual([])
    })
  })

  it('accepts every form of a listen address', () => {
    for (const HOST of ['0.0.0.0', '::', '::1', '127.0.0.1', 'localhost', 'my-host.internal']) {
      expect(faultsOf({ ...minimal, HOST })).toEqual([])
    }
  })

  it('accepts percent-encoded user and password of Redis', () => {
    expect(faultsOf({ ...minimal, REDIS_URL: 'redis://us%65r:p%25@cache:6379' })).toEqual([])
  })

  it('reads JWT_JWKS_FILE', () => {
    const folder = mkdtempSync(join(tmpdir(), 'face-groups-'))
    const JWT_JWKS_FILE = join(folder, 'jwks.json')
    const faultsWith = (text: string) => {
      writeFileSync(JWT_JWKS_FILE, text)
      return faultsOf({ ...minimal, JWT_JWKS_URI: undefined, JWT_JWKS_FILE })
    }
    try {
      for (const junk of ['', 'junk', '{}', '[]', '{"keys":{}}', '{"keys":[]}', '{"keys":["key"]}']) {
        expect(faultsWith(junk)).toEqual([expect.stringContaining('JWT_JWKS_FILE')])
      }
      expect(faultsWith('{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA"}]}')).toEqual([])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it.each([
    ['AUTH_MODE', { AUTH_MODE: 'none' }],
    ['FINAUTH_BASE_URL', { FINAUTH_BASE_URL: 'http://vendor.example' }],
    ['JWT_JWKS_URI', { JWT_JWKS_URI: 'http://issuer.example/jwks' }],
    ['JWT_ISSUER', { JWT_JWKS_URI: undefined, JWT_ISSUER: 'http://issuer.example' }],
  ])('rejects in production what development allows: %s', (name, change) => {
    expect(faultsOf({ ...minimal, ...change })).toEqual([])
    expect(faultsOf({ ...minimal, ...change, NODE_ENV: 'production' })).toEqual([expect.stringContaining(name)])
  })

  it('discovers the keys if neither JWT_JWKS_URI nor JWT_JWKS_FILE is set', () => {
    expect(loadConfig({ ...minimal, JWT_JWKS_URI: '' }).authentication).toMatchObject({ mode: 'jwt', jwks: null })
  })

  it('accepts any issuer if the keys are not discovered', () => {
    const change = { NODE_ENV: 'production', JWT_ISSUER: 'http://issuer.example' }
    expect(faultsOf({ ...minimal, ...change })).toEqual([])
    expect(faultsOf({ ...minimal, JWT_ISSUER: 'our-issuer' })).toEqual([])
  })

  it('accepts claims by path and by names that are URLs', () => {
    const JWT_SCOPE_CLAIMS = 'scope, realm_access.roles,https://a.example/roles, cognito:groups'
    expect(loadConfig({ ...minimal, JWT_SCOPE_CLAIMS, JWT_AUDIENCE_CLAIM: 'client_id' }).authentication).toMatchObject({
      scopeClaims: ['scope', 'realm_access.roles', 'https://a.example/roles', 'cognito:groups'],
      audienceClaim: 'client_id',
    })
  })

  it('names the variable of each fault', () => {
    const environment = { ...minimal, PORT: 'eighty', FINAUTH_API_KEY: '', REDIS_PASSWORD_FILE: '/nowhere' }
    expect(() => loadConfig(environment)).toThrow(ConfigError)
    try {
      loadConfig(environment)
    } catch (error) {
      const { faults } = error as ConfigError
      const names = faults.map(({ variable }) => variable)
      expect(names.toSorted()).toEqual(['FINAUTH_API_KEY', 'PORT', 'REDIS_PASSWORD_FILE'])
      expect(faults.every(({ variable, detail }) => detail.startsWith(`${variable} `))).toBe(true)
    }
  })

  it('accepts an egress proxy as host and port', () => {
    expect(faultsOf({ ...minimal, HTTPS_PROXY: 'proxy.internal:3128' })).toEqual([])
  })

  it('allows plain http to a loopback address in production', () => {
    for (const host of ['127.0.0.1:8091', 'localhost:8091', '[::1]:8091']) {
      expect(faultsOf({ ...minimal, NODE_ENV: 'production', FINAUTH_BASE_URL: `http://${host}` })).toEqual([])
    }
  })

  it('never shows the value of a secret, in a fault or in the configuration', () => {
    const secrets = {
      FINAUTH_API_SECRET: 'leakDetector-1',
      REDIS_URL: 'http://:leakDetector-2@cache',
      HTTPS_PROXY: 'leakDetector-3',
      GATEWAY_SECRET: 'leakDetector-4',
    }
    expect(faultsOf({ ...minimal, ...secrets }).join()).not.toContain('leakDetector')
    const config = loadConfig({
      ...minimal,
      FINAUTH_API_SECRET: 'leakDetector-1',
      CACHE_ENCRYPTION_KEY: 'leakDetector-5',
    })
    expect(inspect(config, { depth: 9 }) + JSON.stringify(config)).not.toContain('leakDetector')
  })

  it('derives the cache encryption key from the API secret by default', () => {
    expect(loadConfig(minimal).cache.encryptionKey.reveal()).toBe('secret-of-the-test')
    expect(loadConfig({ ...minimal, CACHE_ENCRYPTION_KEY: 'own key' }).cache.encryptionKey.reveal()).toBe('own key')
  })

  it('reads a secret’s file again at each use', () => {
    const folder = mkdtempSync(join(tmpdir(), 'face-groups-'))
    const path = join(folder, 'secret')
    try {
      writeFileSync(path, 'before\n')
      const config = loadConfig({ ...minimal, FINAUTH_API_SECRET: undefined, FINAUTH_API_SECRET_FILE: path })
      expect(config.finauth.primary.apiSecret.reveal()).toBe('before')
      writeFileSync(path, 'after')
      expect(config.finauth.primary.apiSecret.reveal()).toBe('after')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
