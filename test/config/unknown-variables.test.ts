import { findUnknownVariables } from '../../src/config/load-config.js'

describe('unknown variables', () => {
  it.each([
    ['JWT_ISUER', 'JWT_ISSUER'],
    ['JWT_ISSUER_FILE', 'JWT_ISSUER'],
    ['FINAUTH_API_SECRT', 'FINAUTH_API_SECRET'],
    ['GATEWAY_SECRETFILE', 'GATEWAY_SECRET_FILE'],
    ['REDIS_SENTINEL', 'REDIS_SENTINELS'],
    ['CACHE_TTL_SECOND', 'CACHE_TTL_SECONDS'],
    ['AUTH_MODUS', 'AUTH_MODE'],
    ['CORS_ORIGIN', 'CORS_ORIGINS'],
    ['RATE_LIMIT_PER_MIN', 'RATE_LIMIT_PER_MINUTE'],
    ['SHUTDOWN_GRACE', 'SHUTDOWN_GRACE_MS'],
    ['LOG_LVL', 'LOG_LEVEL'],
    ['TRUST_PROXIES', 'TRUST_PROXY'],
    ['EXPLORERS', 'EXPLORER'],
  ])('%s: the nearest is %s', (variable, nearest) => {
    expect(findUnknownVariables({ [variable]: 'value' })).toEqual([{ variable, nearest }])
  })

  it.each([
    ['a known one', 'JWT_ISSUER', 'https://issuer.example'],
    ['the file of a secret', 'REDIS_URL_FILE', '/run/secrets/redis'],
    ['one of another program', 'PATH', '/bin'],
    ['the host of a Kubernetes Service', 'REDIS_SERVICE_HOST', '10.0.0.1'],
    ['a named port of a Kubernetes Service', 'REDIS_SERVICE_PORT_REDIS', '6379'],
    ['a link to a Kubernetes Service', 'REDIS_PORT', 'tcp://10.0.0.1:6379'],
    ['a part of such a link', 'REDIS_PORT_6379_TCP_ADDR', '10.0.0.1'],
  ])('do not include %s: %s', (_what, variable, value) => {
    expect(findUnknownVariables({ [variable]: value })).toEqual([])
  })

  it('include a variable named like a Service link but with another value', () => {
    expect(findUnknownVariables({ REDIS_PORT: '6379' })).toMatchObject([{ variable: 'REDIS_PORT' }])
  })
})
