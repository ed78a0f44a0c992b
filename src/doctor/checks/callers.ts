import type { AuthenticationConfig } from '../../config/config.js'
import type { Finding } from '../finding.js'

const name = 'callers'
/** A shorter secret can be guessed offline; 32 characters of Base64 are 192 bits. */
export const shortestSecret = 32

/** Checks how hard it is to impersonate a caller. */
export function checkCallers(authentication: AuthenticationConfig): Finding {
  switch (authentication.mode) {
    case 'none':
      return {
        status: 'warn',
        name,
        detail: 'anybody can read the list (AUTH_MODE none)',
        advice: 'Use AUTH_MODE jwt or gateway with real data.',
      }
    case 'jwt':
      return checkIssuer(authentication)
    case 'gateway':
      return checkGateway(authentication)
  }
}

function checkIssuer({ issuer, jwks }: Extract<AuthenticationConfig, { mode: 'jwt' }>): Finding {
  const detail = `authenticated by tokens of ${issuer}`
  const [variable, url] = jwks === null ? ['JWT_ISSUER', issuer] : ['JWT_JWKS_URI', 'uri' in jwks ? jwks.uri : '']
  if (!url.startsWith('http:')) return { status: 'ok', name, detail }
  const advice = `Use https:// in ${variable}: anybody on the network path can forge keys sent over plain http.`
  return { status: 'warn', name, detail: `${detail}, whose keys are fetched over plain http`, advice }
}

function checkGateway({ secret, cidrs }: Extract<AuthenticationConfig, { mode: 'gateway' }>): Finding {
  if (secret === null) {
    const detail = `identified by any peer in ${cidrs.join(', ')}`
    const advice = 'Add GATEWAY_SECRET: anything else in those networks can impersonate any caller.'
    return { status: 'warn', name, detail, advice }
  }
  const detail =
    cidrs.length > 0 ? 'identified by the gateway (secret and address)' : 'identified by the gateway (secret)'
  if (secret.reveal().length >= shortestSecret) return { status: 'ok', name, detail }
  const advice = `Use a longer GATEWAY_SECRET: openssl rand -base64 ${shortestSecret}.`
  return { status: 'warn', name, detail: `${detail}; the secret has fewer than ${shortestSecret} characters`, advice }
}
