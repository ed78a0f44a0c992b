import {
  createJwtAuthenticator,
  type JwtAuthenticatorOptions,
} from '../../../src/http/authentication/jwt-authenticator.js'
import type { AuthFailureReason } from '../../../src/http/authentication/events.js'
import type { KeySource } from '../../../src/http/authentication/keys.js'
import { parseKeySet } from '../../../src/http/authentication/keys.js'
import { type Door, openDoor } from '../../support/door.js'
import { testAudience, testIssuer } from '../../support/signing-key.js'

export interface JwtDesk extends Door {
  /** Why requests were refused, in order. */
  readonly refusals: AuthFailureReason[]
  withToken(token: string): ReturnType<Door['knock']>
}

/** A door kept by a JWT authenticator that trusts `jwks`, or whatever `keys` the test hands over. */
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
  const door = await openDoor(authenticate)
  return {
    refusals,
    knock: (headers) => door.knock(headers),
    withToken: (token) => door.knock({ authorization: `Bearer ${token}` }),
    get wasSynchronous() {
      return door.wasSynchronous
    },
    close: () => door.close(),
  }
}

function keysOf(jwks: readonly object[]): KeySource {
  const set = parseKeySet(JSON.stringify({ keys: jwks }))
  if (set === null) throw new Error('the test made no JWK Set')
  return set
}
