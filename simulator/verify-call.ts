import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Account } from './finauth-state.js'

/** FinAuth's errors by the fault of the call. */
const refusals = {
  not_multipart: { status: 400, error: 'MISSING_ARGUMENTS: sign' },
  missing_sign: { status: 400, error: 'MISSING_ARGUMENTS: sign' },
  missing_sign_version: { status: 400, error: 'MISSING_ARGUMENTS: sign_version' },
  too_large: { status: 413, error: 'Request Entity Too Large' },
  bad_sign: { status: 400, error: 'BAD_ARGUMENTS: sign' },
  bad_sign_version: { status: 400, error: 'BAD_ARGUMENTS: sign_version' },
  unknown_key: { status: 403, error: 'AUTHENTICATION_ERROR' },
  wrong_digest: { status: 403, error: 'AUTHORIZATION_ERROR: INVALID_SIGN' },
  account_disabled: { status: 403, error: 'AUTHORIZATION_ERROR: API_KEY_BE_DISCONTINUED' },
  never_valid: { status: 403, error: 'AUTHORIZATION_ERROR: EXPIRED_SIGN' },
  not_yet_valid: { status: 403, error: 'AUTHORIZATION_ERROR: EXPIRED_SIGN' },
  expired: { status: 403, error: 'AUTHORIZATION_ERROR: EXPIRED_SIGN' },
  replayed: { status: 403, error: 'AUTHORIZATION_ERROR: EXPIRED_SIGN' },
} as const

/** `unexpected_field` is missing here, because its error names the field. */
export type RefusalReason = keyof typeof refusals | 'unexpected_field'

/** Whether FinAuth accepts a call. */
export type Verdict =
  | { readonly accepted: true; readonly account: string }
  | { readonly accepted: false; readonly reason: RefusalReason; readonly status: number; readonly error: string }

export interface VerifyCallOptions {
  readonly contentType: string | undefined
  /** `null` if it was too large. */
  readonly body: Buffer | null
  /** Records a signature; returns whether it arrived before. */
  recordSign(sign: string): boolean
  findAccount(apiKey: string): Account | undefined
  /** Unix seconds by FinAuth's own clock. */
  readonly nowSeconds: number
  /** Reject every reused signature, not only single-use ones. */
  readonly everySignOnce: boolean
}

/** Accepts a multipart form of exactly the fields `sign` and `sign_version`, once each, with a valid signature. */
export async function verifyCall(options: VerifyCallOptions): Promise<Verdict> {
  if (options.body === null) return refuse('too_large')
  const fields = await parseForm(options.contentType, options.body)
  if (fields === null) return refuse('not_multipart')
  const valueOf = (name: string) => fields.find(([other]) => other === name)?.[1]
  const [sign, version] = [valueOf('sign'), valueOf('sign_version')]
  if (!sign) return refuse('missing_sign')
  const seenBefore = options.recordSign(sign)
  if (!version) return refuse('missing_sign_version')
  if (version !== 'hmac_sha1') return refuse('bad_sign_version')
  const unused = new Set(['sign', 'sign_version'])
  // Deleting the name makes a second field of the same name unexpected.
  const unexpected = fields.find(([name]) => !unused.delete(name))
  if (unexpected === undefined) return verifySign(sign, seenBefore, options)
  return { accepted: false, reason: 'unexpected_field', status: 400, error: `BAD_ARGUMENTS: ${unexpected[0]}` }
}

function refuse(reason: keyof typeof refusals): Verdict {
  return { accepted: false, reason, ...refusals[reason] }
}

/** The form's fields in order, or null if it is not a multipart form of text fields. */
async function parseForm(contentType = '', body: Buffer): Promise<[name: string, value: string][] | null> {
  if (!/^multipart\/form-data\b/i.test(contentType)) return null
  try {
    const form = await new Response(body, { headers: { 'Content-Type': contentType } }).formData()
    const fields: [string, string][] = []
    for (const [name, value] of form.entries()) {
      if (typeof value !== 'string') return null
      fields.push([name, value])
    }
    return fields
  } catch {
    return null
  }
}

// The vendor documents neither value.
/** How old a single-use signature (`expire_time` 0) may be. */
const singleUseSeconds = 300
/** How far `current_time` may be ahead of FinAuth's clock. */
const toleranceSeconds = 5

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const rawSign = /^a=([^&=]+)&b=(0|[1-9]\d{0,10})&c=([1-9]\d{0,10})&d=\d{1,10}$/
const digestBytes = 20

/** Verifies Base64( HMAC-SHA1(secret, raw) || raw ), raw = `a={key}&b={expire}&c={current}&d={random}`. */
function verifySign(sign: string, seenBefore: boolean, options: VerifyCallOptions): Verdict {
  const bytes = Buffer.from(sign, 'base64')
  // `Buffer` accepts more than canonical, padded Base64 of the standard alphabet.
  if (!base64.test(sign) || bytes.toString('base64') !== sign) return refuse('bad_sign')
  const raw = bytes.subarray(digestBytes)
  const [, apiKey, expire, current] = rawSign.exec(raw.toString('latin1')) ?? []
  if (apiKey === undefined) return refuse('bad_sign')

  const account = options.findAccount(apiKey)
  if (account === undefined) return refuse('unknown_key')
  const expected = createHmac('sha1', account.apiSecret).update(raw).digest()
  if (!timingSafeEqual(expected, bytes.subarray(0, digestBytes))) return refuse('wrong_digest')
  if (account.disabled === true) return refuse('account_disabled')

  const createdAt = Number(current)
  const singleUse = expire === '0'
  const expiresAt = singleUse ? createdAt + singleUseSeconds : Number(expire)
  if (createdAt >= expiresAt) return refuse('never_valid')
  if (createdAt > options.nowSeconds + toleranceSeconds) return refuse('not_yet_valid')
  if (expiresAt < options.nowSeconds) return refuse('expired')
  if (seenBefore && (singleUse || options.everySignOnce)) return refuse('replayed')
  return { accepted: true, account: account.name }
}
