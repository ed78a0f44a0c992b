import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'

/** A key pair minted for one test, and the tokens it signs. */
export interface TestKey {
  readonly alg: string
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
  readonly jwk: JWK
  /** A token good for five minutes by default; a claim set to `undefined` is left out. */
  mint(claims?: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>
}

export const testIssuer = 'https://idp.example.test/'
export const testAudience = 'face-groups'

export async function createTestKey({ alg = 'ES256', kid = 'k1' } = {}): Promise<TestKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return {
    alg,
    privateKey,
    publicKey,
    jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' },
    mint(claims = {}, header = {}) {
      const now = Math.floor(Date.now() / 1000)
      const standard = { iss: testIssuer, aud: testAudience, sub: 'alice', iat: now, exp: now + 300 }
      return new SignJWT({ ...standard, ...claims }).setProtectedHeader({ alg, kid, ...header }).sign(privateKey)
    },
  }
}
