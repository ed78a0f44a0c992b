import type { AuthenticationConfig, Config } from '../config/config.js'
import { type Finding, findingsOn } from './report.js'

const callers = findingsOn('callers')
const cacheKey = findingsOn('cache key')
/** A shorter secret can be guessed offline; 32 characters of Base64 are 192 bits. */
const shortestSecret = 32
const generate = `openssl rand -base64 ${shortestSecret}`

/** Checks how hard it is to impersonate a caller. */
export function checkCallers(authentication: AuthenticationConfig): Finding {
  if (authentication.mode === 'none')
    return callers.warn('anybody can read the list (AUTH_MODE none)', 'Use AUTH_MODE jwt or gateway with real data.')
  if (authentication.mode === 'jwt') {
    const { issuer, jwks } = authentication
    const detail = `authenticated by tokens of ${issuer}`
    const [variable, url] = jwks === null ? ['JWT_ISSUER', issuer] : ['JWT_JWKS_URI', 'uri' in jwks ? jwks.uri : '']
    if (!url.startsWith('http:')) return callers.ok(detail)
    const advice = `Use https:// in ${variable}: anybody on the network path can forge keys sent over plain http.`
    return callers.warn(`${detail}, whose keys are fetched over plain http`, advice)
  }
  const { secret, cidrs } = authentication
  if (secret === null) {
    const advice = 'Add GATEWAY_SECRET: anything else in those networks can impersonate any caller.'
    return callers.warn(`identified by any peer in ${cidrs.join(', ')}`, advice)
  }
  const detail = `identified by the gateway (${cidrs.length > 0 ? 'secret and address' : 'secret'})`
  if (secret.reveal().length >= shortestSecret) return callers.ok(detail)
  const short = `${detail}; the secret has fewer than ${shortestSecret} characters`
  return callers.warn(short, `Use a longer GATEWAY_SECRET: ${generate}.`)
}

/** Checks the key that encrypts the copy in Redis. */
export function checkCacheKey({ cache, finauth }: Config): Finding {
  const advice = `Set CACHE_ENCRYPTION_KEY to the same value everywhere: ${generate}.`
  if (cache.encryptionKey === finauth.primary.apiSecret) {
    const detail = 'derived from FINAUTH_API_SECRET: rotating the secret makes every copy in Redis useless'
    return cacheKey.warn(detail, advice)
  }
  if (cache.encryptionKey.reveal().length >= shortestSecret) return cacheKey.ok('set')
  return cacheKey.warn(`fewer than ${shortestSecret} characters`, advice)
}
