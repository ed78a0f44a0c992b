import { createLocalJWKSet, errors, type CryptoKey, type JWK } from 'jose'

/** Where the keys come from that tokens are verified with. */
export interface KeySource {
  /**
   * The public keys a token with this header may have been signed with; none where no key fits. Rejects
   * with `KeysUnavailableError` where that cannot be known now.
   */
  candidates(header: TokenKeyHeader): Promise<readonly CryptoKey[]>
  /**
   * For a signature that fails with the candidates of `version`: those of newer keys, which are loaded if they have not
   * been lately; none where there are no newer ones. Rejects with `KeysUnavailableError` where they cannot be loaded.
   */
  newerCandidates(header: TokenKeyHeader, version: number): Promise<readonly CryptoKey[]>
  /** Grows whenever another key set takes effect. */
  version(): number
}

/** A source that keeps itself loaded. */
export interface KeyStore extends KeySource {
  /** Loads the keys, and again whenever it is time, until `close`. */
  start(): void
  /** Resolves when no keys are being loaded. */
  idle(): Promise<void>
  close(): void
  status(): KeyStatus
}

/** What metrics and health tell of the keys. */
export interface KeyStatus {
  /**
   * `none`: there has never been a key. `withdrawn`: the key set was loaded and has no usable key, so every token is
   * refused. `expired`: the last good key set is too old to be used.
   */
  readonly state: 'usable' | 'none' | 'withdrawn' | 'expired'
  /** Keys in use. */
  readonly count: number
  /** Since the key set was last loaded; `null` where it never was. */
  readonly ageMs: number | null
  /** Why the last attempt to load it failed; `null` where it did not. */
  readonly failure: KeysFailure | null
}

export interface TokenKeyHeader {
  readonly alg: string
  readonly kid?: string
}

/** Why a key set could not be had. */
export type KeysFailure =
  | 'timeout'
  | 'unreachable'
  | 'bad_status'
  | 'too_large'
  | 'malformed'
  | 'no_usable_key'
  | 'unreadable'

/** What happens to the key set, for logs. Called on change only; must not throw. */
export interface KeyEvents {
  /** Another key set took effect, or the same one can be had again. `count` is the number of usable keys. */
  keysLoaded(count: number): void
  /** The key set cannot be loaded, and the last good one goes on being used; or it has no usable key (`no_usable_key`). */
  keysFailed(reason: KeysFailure): void
}

/** No key is at hand to judge a token by. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError'
  readonly retryAfterSeconds: number

  constructor(retryAfterSeconds: number) {
    super('no key is at hand to judge a token by')
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** More keys than this are not tried for a token that names none. */
const maxCandidates = 16

export interface KeySet {
  readonly count: number
  candidates(header: TokenKeyHeader): Promise<readonly CryptoKey[]>
}

/**
 * Reads a JWK Set (RFC 7517). Only asymmetric public keys count, and of them only the members that make
 * the key: secrets, private keys, RSA keys under 2048 bits and certificate URLs are passed over. Returns
 * `null` where the text is no JWK Set at all.
 */
export function parseKeySet(text: string): KeySet | null {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    return null
  }
  if (!isRecord(document) || !Array.isArray(document.keys)) return null
  const entries: unknown[] = document.keys
  const keys = entries.map(publicKey).filter((key) => key !== null)
  const find = createLocalJWKSet({ keys })
  return {
    count: keys.length,
    async candidates(header) {
      try {
        return [await find({ ...header })]
      } catch (error) {
        if (!(error instanceof errors.JWKSMultipleMatchingKeys)) return []
        const several: CryptoKey[] = []
        for await (const key of error) {
          if (several.push(key) === maxCandidates) break
        }
        return several
      }
    },
  }
}

const members = ['kty', 'kid', 'use', 'alg', 'key_ops', 'n', 'e', 'crv', 'x', 'y'] as const

function publicKey(entry: unknown): JWK | null {
  if (!isRecord(entry) || entry.d !== undefined) return null
  if (typeof entry.kty !== 'string' || !['RSA', 'EC', 'OKP'].includes(entry.kty)) return null
  if (entry.kty === 'RSA' && (typeof entry.n !== 'string' || Buffer.from(entry.n, 'base64url').length < 256))
    return null
  return Object.fromEntries(members.filter((name) => name in entry).map((name) => [name, entry[name]]))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
