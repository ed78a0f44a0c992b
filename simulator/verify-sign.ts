import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Accounts } from './accounts.js'
import { refuse, type Verdict } from './refusals.js'

export interface VerifySignOptions {
  readonly accounts: Accounts
  /** Unix seconds by FinAuth's own clock. */
  readonly nowSeconds: number
  /** How far `current_time` may lie ahead of FinAuth's clock. The vendor's own figure is not documented. */
  readonly toleranceSeconds: number
  /** Whether this very signature came before. */
  readonly seenBefore: boolean
  /** Refuse any signature that came before, not only those for one use. */
  readonly everySignOnce: boolean
}

/** How old a signature for one use (`expire_time` 0) may be. The vendor's own figure is not documented. */
const SINGLE_USE_WINDOW_SECONDS = 300

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const RAW = /^a=([^&=]+)&b=(0|[1-9]\d{0,10})&c=([1-9]\d{0,10})&d=\d{1,10}$/
const DIGEST_BYTES = 20

/**
 * Judges an `hmac_sha1` signature as the vendor documents it:
 * Base64( HMAC-SHA1(secret, raw) || raw ), raw = `a={key}&b={expire}&c={current}&d={random}`.
 */
export function verifySign(sign: string, options: VerifySignOptions): Verdict {
  const bytes = decodeBase64(sign)
  if (bytes === null) return refuse('bad_sign')
  const digest = bytes.subarray(0, DIGEST_BYTES)
  const raw = bytes.subarray(DIGEST_BYTES)
  const [, apiKey, expire, current] = RAW.exec(raw.toString('latin1')) ?? []
  if (apiKey === undefined) return refuse('bad_sign')

  const account = options.accounts.find(apiKey)
  if (account === undefined) return refuse('unknown_key')
  const expected = createHmac('sha1', account.apiSecret).update(raw).digest()
  if (!timingSafeEqual(expected, digest)) return refuse('wrong_digest')
  if (account.disabled === true) return refuse('account_disabled')

  const createdAt = Number(current)
  const singleUse = expire === '0'
  const expiresAt = singleUse ? createdAt + SINGLE_USE_WINDOW_SECONDS : Number(expire)
  if (createdAt >= expiresAt) return refuse('never_valid')
  if (createdAt > options.nowSeconds + options.toleranceSeconds) return refuse('not_yet_valid')
  if (expiresAt < options.nowSeconds) return refuse('expired')
  if (options.seenBefore && (singleUse || options.everySignOnce)) return refuse('replayed')
  return { accepted: true, account: account.name }
}

/** Standard alphabet, padded, canonical; null for anything else, which Buffer would quietly accept. */
function decodeBase64(text: string): Buffer | null {
  if (!BASE64.test(text)) return null
  const bytes = Buffer.from(text, 'base64')
  return bytes.length > DIGEST_BYTES && bytes.toString('base64') === text ? bytes : null
}
