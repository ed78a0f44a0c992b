import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose'

export type SigningAlgorithm = 'ES256' | 'RS256' | 'PS256' | 'EdDSA'

export interface SigningKey {
  readonly kid: string
  readonly algorithm: SigningAlgorithm
  readonly privateKey: CryptoKey
  /** The entry in the JWKS. */
  readonly publicJwk: JWK
}

/** Generates a key pair in memory. */
export async function generateSigningKey(algorithm: SigningAlgorithm, kid: string): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true })
  return { kid, algorithm, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' } }
}

/** Claims to set; `undefined` removes a claim. */
export type Claims = Readonly<Record<string, unknown>>

export interface MintOptions {
  /** Default 300; negative for an expired token. */
  readonly expiresInSeconds?: number
  /** Members of the JOSE header to set; `undefined` removes a member. */
  readonly header?: Readonly<Record<string, unknown>>
}

export interface MintTokenOptions extends MintOptions {
  readonly key: SigningKey
  readonly issuer: string
  readonly audience: string
  readonly nowSeconds: number
}

/** Mints a JWT for `dev-user` of this issuer and audience, valid from now; every claim can be overridden. */
export async function mintToken(claims: Claims, options: MintTokenOptions): Promise<string> {
  const { key, issuer, audience, nowSeconds, expiresInSeconds = 300 } = options
  const defaults = { iss: issuer, aud: audience, sub: 'dev-user', iat: nowSeconds, exp: nowSeconds + expiresInSeconds }
  const header: JWTHeaderParameters = {
    ...withoutUndefined({ typ: 'JWT', kid: key.kid, ...options.header }),
    alg: key.algorithm,
  }
  return new SignJWT(withoutUndefined({ ...defaults, ...claims })).setProtectedHeader(header).sign(key.privateKey)
}

function withoutUndefined(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}
