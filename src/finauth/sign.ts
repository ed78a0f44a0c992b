import { createHmac, randomInt } from 'node:crypto'
import type { Clock } from '../clock.js'
import { parseHttpDate } from '../timestamp.js'

export interface SignOptions {
  readonly apiKey: string
  readonly apiSecret: string
  /** Unix time in whole seconds, as the vendor's clock shows it. */
  readonly nowSeconds: number
  /** Validity from `nowSeconds` on; `0` makes the signature valid for a single use (`b=0`). */
  readonly ttlSeconds: number
  /** At most ten digits. Default: unpredictable. */
  readonly nonce?: number
}

/**
 * The vendor's `hmac_sha1` signature: standard Base64, with padding, of the 20 digest bytes followed by
 * the bytes of `a={key}&b={expiry}&c={now}&d={random}`.
 *
 * It covers no method, path or body: anyone who has it can do anything with the account until it expires.
 * Make one per attempt and never log or store it.
 */
export function createSign({ apiKey, apiSecret, nowSeconds, ttlSeconds, nonce = randomInt(10 ** 10) }: SignOptions) {
  const expiry = ttlSeconds === 0 ? 0 : nowSeconds + ttlSeconds
  // Leading zeros are kept, as in the vendor's published sample (d=0799687066).
  const raw = Buffer.from(`a=${apiKey}&b=${expiry}&c=${nowSeconds}&d=${String(nonce).padStart(10, '0')}`)
  const digest = createHmac('sha1', apiSecret).update(raw).digest()
  return Buffer.concat([digest, raw]).toString('base64')
}

/** Always measures, but uses only our own clock until `apply()` is called, because a `Date` may come from a proxy. */
export function createClockSkew(clock: Pick<Clock, 'wallMs'>) {
  let measuredMs = 0
  let isApplied = false
  return {
    /**
     * Vendor's clock minus ours in seconds, from the `Date` (RFC 9110) of a response that arrives now and is assumed to
     * be written in the middle of a call of `durationMs`; `null` if `Date` is absent or invalid.
     */
    measure(dateHeader: string | undefined, durationMs: number): number | null {
      const date = parseHttpDate(dateHeader ?? '')
      if (date === null) return null
      // `Date` is truncated to seconds: on average half a second has passed since.
      measuredMs = date + 500 - (clock.wallMs() - durationMs / 2)
      return measuredMs / 1000
    },
    /** From now on signs with the vendor's clock, updated by every measurement. */
    apply(): void {
      isApplied = true
    },
    /** The time to sign with, in whole Unix seconds. */
    nowSeconds: () => Math.floor((clock.wallMs() + (isApplied ? measuredMs : 0)) / 1000),
  }
}
