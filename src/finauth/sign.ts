import { createHmac, randomInt } from 'node:crypto'

/** A whole number in [0, limit), unpredictable in production. */
export type RandomBelow = (limit: number) => number

export const cryptoRandomBelow: RandomBelow = (limit) => randomInt(limit)

export interface SignOptions {
  readonly apiKey: string
  readonly apiSecret: string
  /** Unix time in whole seconds, as the vendor's clock shows it. */
  readonly nowSeconds: number
  /** Validity from `nowSeconds` on; `0` makes the signature valid for a single use (`b=0`). */
  readonly ttlSeconds: number
  readonly random?: RandomBelow
}

const DIGITS = 10

/**
 * The vendor's `hmac_sha1` signature: standard Base64, with padding, of the 20 digest bytes followed by
 * the bytes of `a={key}&b={expiry}&c={now}&d={random}`.
 *
 * It binds no method, path or body: whoever holds it may do anything with the account until it expires.
 * Make one per attempt and never log or store it.
 */
export function createSign({ apiKey, apiSecret, nowSeconds, ttlSeconds, random = cryptoRandomBelow }: SignOptions) {
  const expiry = ttlSeconds === 0 ? 0 : nowSeconds + ttlSeconds
  // Leading zeros are kept, as in the vendor's published sample (d=0799687066).
  const nonce = String(random(10 ** DIGITS)).padStart(DIGITS, '0')
  const raw = Buffer.from(`a=${apiKey}&b=${expiry}&c=${nowSeconds}&d=${nonce}`)
  const digest = createHmac('sha1', apiSecret).update(raw).digest()
  return Buffer.concat([digest, raw]).toString('base64')
}
