import { type JWTHeaderParameters, SignJWT } from 'jose'
import type { SigningKey } from './signing-keys.js'

/** Claims to set, or with `undefined` to leave out. */
export type Claims = Readonly<Record<string, unknown>>

export interface MintOptions {
  /** Default 300; negative makes a token that has expired. */
  readonly expiresInSeconds?: number
  /** Members of the JOSE header to set; with `undefined` to leave out. */
  readonly header?: Readonly<Record<string, unknown>>
}

export interface MintTokenOptions extends MintOptions {
  readonly key: SigningKey
  readonly issuer: string
  readonly audience: string
  readonly nowSeconds: number
}

/** A JWT for `dev-user` of this issuer and audience, valid from now on; every claim can be overridden. */
export async function mintToken(claims: Claims, options: MintTokenOptions): Promise<string> {
  const { key, nowSeconds } = options
  const payload = withoutUndefined({
    iss: options.issuer,
    aud: options.audience,
    sub: 'dev-user',
    iat: nowSeconds,
    exp: nowSeconds + (options.expiresInSeconds ?? 300),
    ...claims,
  })
  const header: JWTHeaderParameters = {
    ...withoutUndefined({ typ: 'JWT', kid: key.kid, ...options.header }),
    alg: key.algorithm,
  }
  return new SignJWT(payload).setProtectedHeader(header).sign(key.privateKey)
}

function withoutUndefined(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}
