import {
  createJwtAuthenticator,
  type JwtAuthenticatorOptions,
} from '../../../src/http/authentication/jwt-authenticator.js'
import { type KeySet, type KeySource, parseKeySet } from '../../../src/http/authentication/key-set.js'
import { type TestServer, startTestServer } from './test-server.js'
import { createTestKey, testAudience, testIssuer } from '../../support/identity-provider.js'

type JwtServerOptions = Partial<JwtAuthenticatorOptions> & { readonly jwks?: readonly object[] }

export interface JwtServer extends TestServer {
  withToken(token: string): ReturnType<TestServer['request']>
}

/** A server behind a JWT authenticator that trusts `jwks`, or the `keys` of the test. */
export async function startJwtServer(options: JwtServerOptions): Promise<JwtServer> {
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

/** A key for the tests of a file, and JWT servers that trust it unless a test has others; closed after each test. */
export async function useJwtServers() {
  const key = await createTestKey()
  const servers: JwtServer[] = []
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()))
  })
  async function open(options: JwtServerOptions = {}): Promise<JwtServer> {
    const server = await startJwtServer({ jwks: [key.jwk], ...options })
    servers.push(server)
    return server
  }
  return { key, open }
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
