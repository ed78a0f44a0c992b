import type { AuthenticationConfig } from '../../config/config.js'
import type { Finding } from '../finding.js'

const name = 'callers'
/** What can be guessed offline is too short; 32 characters of Base64 are 192 bits. */
export const shortestSecret = 32

/** How hard it is to pass for somebody else. */
export function checkCallers(authentication: AuthenticationConfig): Finding {
  switch (authentication.mode) {
    case 'none':
      return {
        status: 'warn',
        name,
        detail: 'anybody may read the list (AUTH_MODE none)',
        advice: 'Use AUTH_MODE jwt or gateway wherever the data is real.',
      }
    case 'jwt':
      return checkIssuer(authentication)
    case 'gateway':
      return checkGateway(authentication)
  }
}

function checkIssuer({ issuer, jwks }: Extract<AuthenticationConfig, { mode: 'jwt' }>): Finding {
  const detail = `prove themselves by tokens of ${issuer}`
  const [variable, url] = jwks === null ? ['JWT_ISSUER', issuer] : ['JWT_JWKS_URI', 'uri' in jwks ? jwks.uri : '']
  if (!url.startsWith('http:')) return { status: 'ok', name, detail }
  const advice = `Use https:// in ${variable}: anybody on the network path can forge plain http and let callers in.`
  return { status: 'warn', name, detail: `${detail}, whose keys come over plain http`, advice }
}

function checkGateway({ secret, cidrs }: Extract<AuthenticationConfig, { mode: 'gateway' }>): Finding {
  if (secret === null) {
    const detail = `named by any peer in ${cidrs.join(', ')}`
    const advice = 'Add GATEWAY_SECRET: whatever else runs in those networks can pass for anybody.'
    return { status: 'warn', name, detail, advice }
  }
  const detail =
    cidrs.length > 0 ? 'named by the gateway, known by secret and address' : 'named by the gateway, known by secret'
  if (secret.reveal().length >= shortestSecret) return { status: 'ok', name, detail }
  const advice = `Make GATEWAY_SECRET longer: openssl rand -base64 ${shortestSecret}.`
  return { status: 'warn', name, detail: `${detail} of fewer than ${shortestSecret} characters`, advice }
}
