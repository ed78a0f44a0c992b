import {
  createJwtAuthenticator,
  type JwtAuthenticatorOptions,
} from '../../../src/http/authentication/jwt-authenticator.js'
import type { AuthFailureReason } from '../../../src/http/authentication/events.js'
import { type KeySource, parseKeySet } from '../../../src/http/authentication/keys.js'
import { type TestServer, startTestServer } from '../../support/test-server.js'
import { testAudience, testIssuer } from '../../support/identity-provider.js'

export interface JwtDesk extends TestServer {
  /** Why requests were refused, in order. */
  readonly refusals: AuthFailureReason[]
  withToken(token: string): ReturnType<TestServer['request']>
}

/** A server kept by a JWT authenticator that trusts `jwks`, or whatever `keys` the test hands over. */
export async function openJwtDesk(
  options: Partial<JwtAuthenticatorOptions> & { readonly jwks?: readonly object[] },
): Promise<JwtDesk> {
  const refusals: AuthFailureReason[] = []
  const authenticate = createJwtAuthenticator({
    issuer: testIssuer,
    audience: testAudience,
    keys: keysOf(options.jwks ?? []),
    algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
    events: { refused: (reason) => refusals.push(reason) },
    ...options,
  })
  const server = await startTestServer(authenticate)
  return {
    refusals,
    request: (headers) => server.request(headers),
    withToken: (token) => server.request({ authorization: `Bearer ${token}` }),
    get wasSynchronous() {
      return server.wasSynchronous
    },
    close: () => server.close(),
  }
}

function keysOf(jwks: readonly object[]): KeySource {
  const set = parseKeySet(JSON.stringify({ keys: jwks }))
  if (set === null) throw new Error('the test made no JWK Set')
  return fixedKeys((header) => set.candidates(header))
}

/** Keys that never change. */
export function fixedKeys(candidates: KeySource['candidates']): KeySource {
  return { candidates, newerCandidates: async () => [], version: () => 0 }
}
