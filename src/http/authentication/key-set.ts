import { createLocalJWKSet, type CryptoKey, errors, type JWK } from 'jose'
import { isJsonObject, parseJsonObject } from '../../json-object.js'

/** The keys that tokens are verified with. */
export interface KeySource {
  /**
   * The public keys that may have signed a token with this header; empty if no key fits. `badVersion` names the key set
   * whose keys failed to verify the signature: then only keys of a newer version are returned. Rejects with the problem
   * `identity_provider_unavailable` while the keys are unknown.
   */
  candidates(header: TokenKeyHeader, badVersion?: number): Promise<readonly CryptoKey[]>
  /** Increases whenever another key set takes effect. */
  version(): number
}

export interface TokenKeyHeader {
  readonly alg: string
  readonly kid?: string
}

export interface KeySet {
  /** Usable keys. */
  readonly count: number
  candidates(header: TokenKeyHeader): Promise<readonly CryptoKey[]>
}

/** At most this many keys are tried for a token without a `kid`. */
const maxCandidates = 16

/**
 * Parses a JWK Set (RFC 7517 section 5). Only asymmetric public keys count, and of them only the members that make the
 * key: secrets, private keys, RSA keys under 2048 bits and certificate URLs are ignored. Returns `null` if the text
 * is not a JWK Set.
 */
export function parseKeySet(text: string): KeySet | null {
  const entries = parseJsonObject(text)?.['keys']
  if (!Array.isArray(entries)) return null
  const keys = entries.flatMap((entry: unknown) => publicKey(entry) ?? [])
  const find = createLocalJWKSet({ keys })
  return {
    count: keys.length,
    async candidates(header) {
      try {
        return [await find({ ...header })]
      } catch (error) {
        if (!(error instanceof errors.JWKSMultipleMatchingKeys)) return []
        const several: CryptoKey[] = []
        for await (const key of error) if (several.push(key) === maxCandidates) break
        return several
      }
    },
  }
}

const members = new Set(['kty', 'kid', 'use', 'alg', 'key_ops', 'n', 'e', 'crv', 'x', 'y'])

function publicKey(entry: unknown): JWK | null {
  if (!isJsonObject(entry) || entry['d'] !== undefined) return null
  const { kty, n } = entry
  if (kty !== 'RSA' && kty !== 'EC' && kty !== 'OKP') return null
  if (kty === 'RSA' && (typeof n !== 'string' || Buffer.from(n, 'base64url').length < 256)) return null
  return Object.fromEntries(Object.entries(entry).filter(([name]) => members.has(name)))
}
