import {
  createJwtAuthenticator,
  type JwtAuthenticatorOptions,
} from '../../../src/http/authentication/jwt-authenticator.js'
import { type KeySet, type KeySource, parseKeySet } from '../../../src/http/authentication/key-set.js'
import { type TestServer, startTestServer } from './test-server.js'
import { testAudience, testIssuer } from '../../support/identity-provider.js'

export interface JwtServer extends TestServer {
  withToken(token: string): ReturnType<TestServer['request']>
}

/** A server behind a JWT authenticator that trusts `jwks`, or the `keys` of the test. */
export async function startJwtServer(
  options: Partial<JwtAuthenticatorOptions> & { readonly jwks?: readonly object[] },
): Promise<JwtServer> {
  const authenticate = createJwtAuthenticator({
    issuer: testIssuer,
    audience: testAudience,
    keys: keysOf(options.jwks ?? []),
    algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
    ...options,
  })
  const server = await startTestServer(authenticate)
  return { ...server, withToken: (token) => server.request({ authorization: `Bearer ${token}` }) }
}

function keysOf(jwks: readonly object[]): KeySource {
  const set = parseKeySet(JSON.stringify({ keys: jwks }))
  if (set === null) throw new Error('the test has no JWK Set')
  return fixedKeys((header) => set.candidates(header))
}

/** Keys that never change. */
export function fixedKeys(candidates: KeySet['candidates']): KeySource {
  return {
    candidates: async (header, badVersion) => (badVersion === undefined ? candidates(header) : []),
    version: () => 0,
  }
}
