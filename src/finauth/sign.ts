import { createHmac, randomInt } from 'node:crypto'
import type { Clock } from '../clock.js'
import { parseHttpDate } from '../timestamp.js'

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
 * It covers no method, path or body: anyone who has it can do anything with the account until it expires.
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

/** Always measures, but uses only our own clock until `apply()` is called, because a `Date` may come from a proxy. */
export class ClockSkew {
  readonly #clock: Pick<Clock, 'wallMs'>
  #measuredMs = 0
  #isApplied = false

  constructor(clock: Pick<Clock, 'wallMs'>) {
    this.#clock = clock
  }

  /**
   * Vendor's clock minus ours in seconds, from the `Date` (RFC 9110) of a response that arrives now and is assumed to
   * be written in the middle of a call of `durationMs`; `null` if `Date` is absent or invalid.
   */
  measure(dateHeader: string | undefined, durationMs: number): number | null {
    const date = parseHttpDate(dateHeader ?? '')
    if (date === null) return null
    // `Date` is truncated to seconds: on average half a second has passed since.
    this.#measuredMs = date + 500 - (this.#clock.wallMs() - durationMs / 2)
    return this.#measuredMs / 1000
  }

  /** From now on signs with the vendor's clock, updated by every measurement. */
  apply(): void {
    this.#isApplied = true
  }

  /** The time to sign with, in whole Unix seconds. */
  nowSeconds(): number {
    return Math.floor((this.#clock.wallMs() + (this.#isApplied ? this.#measuredMs : 0)) / 1000)
  }
}
