import { generateKeyPair, exportJWK, type CryptoKey, type JWK } from 'jose'

export type SigningAlgorithm = 'ES256' | 'RS256' | 'PS256' | 'EdDSA'

export interface SigningKey {
  readonly kid: string
  readonly algorithm: SigningAlgorithm
  readonly privateKey: CryptoKey
  /** As it stands in the JWKS. */
  readonly publicJwk: JWK
}

export interface SigningKeys {
  /** The newest key. */
  current(): SigningKey
  /** What the JWKS shows, newest first. */
  published(): readonly SigningKey[]
  /** Makes a new key current; the old ones stay published only where asked. */
  rotate(options: { readonly keepOld: boolean }): Promise<SigningKey>
}

/** Makes key pairs in memory; they die with the process. */
export async function createSigningKeys(algorithm: SigningAlgorithm): Promise<SigningKeys> {
  let made = 0
  const make = async (): Promise<SigningKey> => {
    const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true })
    made += 1
    const kid = `${algorithm.toLowerCase()}-${made}`
    return {
      kid,
      algorithm,
      privateKey,
      publicJwk: { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' },
    }
  }
  let newest = await make()
  let keys: readonly SigningKey[] = [newest]
  return {
    current: () => newest,
    published: () => keys,
    async rotate({ keepOld }) {
      newest = await make()
      keys = keepOld ? [newest, ...keys] : [newest]
      return newest
    },
  }
}
