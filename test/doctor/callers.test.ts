import { checkCacheKey, checkCallers } from '../../src/doctor/callers.js'
import { configOf } from './doctor-fixtures.js'

const tokens = { AUTH_MODE: 'jwt', JWT_ISSUER: 'https://idp.example.com', JWT_AUDIENCE: 'face-groups' }
const long = 'a-secret-of-more-than-thirty-two-characters'

describe('the authentication of callers', () => {
  it.each([
    ['none', { AUTH_MODE: 'none' }, 'warn'],
    ['a long secret', { AUTH_MODE: 'gateway', GATEWAY_SECRET: long }, 'ok'],
    ['a short secret', { AUTH_MODE: 'gateway', GATEWAY_SECRET: 'short' }, 'warn'],
    ['addresses only', { AUTH_MODE: 'gateway', GATEWAY_CIDRS: '10.0.0.0/24' }, 'warn'],
    ['tokens', { ...tokens, JWT_JWKS_URI: 'https://idp.example.com/jwks' }, 'ok'],
    ['tokens with keys over plain http', { ...tokens, JWT_JWKS_URI: 'http://idp.example.com/jwks' }, 'warn'],
  ])('by %s', (_what, environment, status) => {
    const finding = checkCallers(configOf(environment).authentication)
    expect(finding).toMatchObject({ status, name: 'callers' })
    expect(finding.detail).not.toContain(long)
  })
})

describe('the key that encrypts the copy in Redis', () => {
  it.each([
    ['a separate one', { CACHE_ENCRYPTION_KEY: long }, 'ok'],
    ['a short one', { CACHE_ENCRYPTION_KEY: 'short' }, 'warn'],
    ['the API secret', {}, 'warn'],
  ])('is %s', (_what, environment, status) => {
    expect(checkCacheKey(configOf(environment))).toMatchObject({ status, name: 'cache key' })
  })
})
