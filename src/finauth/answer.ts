import { type Buffer, isUtf8 } from 'node:buffer'
import { type AttemptFailure, type Diagnosis, diagnoseStatus, readError } from './errors.js'
import type { ContractDrift, DriftKind } from './events.js'
import { readRetryAfter } from './retry.js'

/** The status and headers of an answer that parsing depends on. */
export interface AnswerHead {
  readonly httpStatus: number
  readonly date?: string | undefined
  readonly retryAfter?: string | undefined
}

/** The JSON object of every vendor answer, with unverified members. */
export type Envelope = Readonly<Record<string, unknown>>

/** Reports a deviation from the documented contract; `detail` is our own short text, of which the first is kept. */
export type ReportDrift = (kind: DriftKind, detail: string) => void

/**
 * Reads an endpoint's own fields from the envelope of a success; must not reject. Resolves with `null` if they are not
 * as documented, having reported `invalid_shape`. Bytes that are not UTF-8 have become lone surrogates, which JSON
 * escapes may hold too: use `isWellFormed` for ids and `toWellFormed` for text.
 */
export type ParseBody<T> = (envelope: Envelope, report: ReportDrift) => Promise<T | null>

export type ParsedAnswer<T> = {
  readonly drifts: readonly ContractDrift[]
} & (
  | {
      readonly kind: 'success'
      readonly value: T
      /** The vendor's id of the call, for support requests; `null` if it gave none that is safe to show. */
      readonly requestId: string | null
    }
  | { readonly kind: 'failure'; readonly failure: AttemptFailure }
)

const driftOf: Partial<Record<Diagnosis, DriftKind>> = {
  malformed_request: 'bad_request',
  wrong_url: 'wrong_url',
  redirected: 'redirect',
}

/**
 * Parses what the vendor, or a proxy in between, answers; `bytes` is the whole body, decompressed. Never rejects.
 *
 * A non-empty `error` string decides first, whatever the HTTP status; the status decides if there is none. A success
 * needs a 2xx, a JSON object and what `parseBody` asks for. A byte order mark is tolerated. Bytes that are not UTF-8
 * are reported.
 */
export async function parseAnswer<T>(
  head: AnswerHead,
  bytes: Buffer,
  parseBody: ParseBody<T>,
): Promise<ParsedAnswer<T>> {
  const { httpStatus } = head
  const { text, isValid } = decodeUtf8(bytes)
  const parsed = parseObject(text)
  const { error, request_id: id } = parsed ?? {}
  // It goes into headers and logs, so only the format of the vendor's ids (`1772532811,965b2850-…`) is accepted. It is
  // too short for a signature, whose Base64 is never under 72 characters.
  const requestId = typeof id === 'string' && /^[\w,.:-]{1,64}$/.test(id) ? id : undefined

  const drifts = new Map<DriftKind, ContractDrift>()
  const report: ReportDrift = (kind, detail) => {
    const first = drifts.get(kind)
    drifts.set(kind, { kind, count: (first?.count ?? 0) + 1, detail: first?.detail ?? detail })
  }
  const fail = (diagnosis: Diagnosis, vendorCode?: string): ParsedAnswer<T> => {
    const kind = driftOf[diagnosis]
    // An unknown code was already reported; its HTTP class adds nothing.
    if (kind && drifts.size === 0) report(kind, vendorCode ?? `HTTP ${httpStatus}`)
    const failure = { diagnosis, vendorCode, httpStatus, requestId, retryAfterMs: readRetryAfter(head) }
    return { kind: 'failure', failure, drifts: [...drifts.values()] }
  }

  if (typeof error === 'string' && error.trim() !== '') {
    const { diagnosis, vendorCode, unknown } = readError(error, httpStatus)
    if (unknown) report('unknown_error_code', `${vendorCode ?? 'an error that is not a code'} with HTTP ${httpStatus}`)
    return fail(diagnosis, vendorCode)
  }
  if (!isSuccess(head)) return fail(diagnoseStatus(httpStatus))
  if (parsed === undefined) return fail('unparseable')
  if (error !== undefined && error !== null && typeof error !== 'string') {
    report('invalid_shape', 'error: not a string')
    return fail('invalid_shape')
  }
  const value = await parseBody(parsed, report)
  if (!isValid) report('invalid_text', 'body: not UTF-8')
  if (value === null) return fail('invalid_shape')
  if (requestId === undefined) report('bad_request_id', 'request_id: absent or unreadable')
  return { kind: 'success', value, requestId: requestId ?? null, drifts: [...drifts.values()] }
}

export function isSuccess({ httpStatus }: AnswerHead): boolean {
  return httpStatus >= 200 && httpStatus < 300
}

/**
 * Invalid bytes become a lone surrogate rather than U+FFFD, to distinguish them from a U+FFFD that the vendor sent,
 * which is the bytes EF BF BD.
 */
function decodeUtf8(bytes: Buffer): { readonly text: string; readonly isValid: boolean } {
  if (isUtf8(bytes)) return { text: bytes.toString(), isValid: true }
  const parts: string[] = []
  let start = 0
  for (let end = 0; end !== -1; start = end + 3) {
    end = bytes.indexOf('\uFFFD', start)
    parts.push(bytes.toString('utf8', start, end === -1 ? bytes.length : end).replaceAll('\uFFFD', '\uD800'))
  }
  return { text: parts.join('\uFFFD'), isValid: false }
}

/** Parses the text as a JSON object; `{}` for any other JSON, `undefined` if it is not JSON. */
function parseObject(text: string): Envelope | undefined {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
  } catch {
    return undefined
  }
}
