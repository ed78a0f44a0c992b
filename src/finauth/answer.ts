import { Buffer, isUtf8 } from 'node:buffer'
import { parseHttpDate } from '../timestamp.js'
import { type AttemptFailure, type Diagnosis, diagnoseStatus, readError } from './errors.js'

/** What parsing depends on of an HTTP response. */
export interface HttpAnswer {
  readonly httpStatus: number
  readonly date?: string | undefined
  readonly retryAfter?: string | undefined
  /** Decompressed; `null` if it was cut off. */
  readonly body: Buffer | null
}

/** The JSON object of every vendor answer, with unverified members. */
export type Envelope = Readonly<Record<string, unknown>>

/** How an answer deviated from the vendor's documentation; a closed set, usable as a metric label. */
export const driftKinds = [
  'unknown_error_code',
  'bad_request',
  'wrong_url',
  'redirect',
  'invalid_shape',
  'invalid_text',
  'bad_record',
  'unreadable_time',
  'bad_request_id',
] as const

type DriftKind = (typeof driftKinds)[number]

/** One deviation from the documented contract, counted per answer. */
export interface ContractDrift {
  readonly kind: DriftKind
  /** How often it occurred in this answer, at least 1. */
  readonly count: number
  /** The first occurrence in our own words; never contains the vendor's free text. */
  readonly detail: string
}

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
 * Parses what the vendor, or a proxy in between, answers. Rejects only if `parseBody` does.
 *
 * A non-empty `error` string decides first, whatever the HTTP status; the status decides if there is none. A success
 * needs a 2xx, a JSON object and what `parseBody` asks for. A byte order mark is tolerated. Bytes that are not UTF-8
 * are reported.
 */
export async function parseAnswer<T>(answer: HttpAnswer, parseBody: ParseBody<T>): Promise<ParsedAnswer<T>> {
  const { httpStatus, body } = answer
  const bytes = body ?? Buffer.alloc(0)
  const isValidText = isUtf8(bytes)
  const parsed = parseObject(isValidText ? bytes.toString() : decodeBroken(bytes))
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
    const failure = { diagnosis, vendorCode, httpStatus, requestId, retryAfterMs: readRetryAfter(answer) }
    return { kind: 'failure', failure, drifts: [...drifts.values()] }
  }

  if (typeof error === 'string' && error.trim() !== '') {
    const { diagnosis, vendorCode, isUnknown } = readError(error, httpStatus)
    const code = vendorCode ?? 'an error that is not a code'
    if (isUnknown) report('unknown_error_code', `${code} with HTTP ${httpStatus}`)
    return fail(diagnosis, vendorCode)
  }
  if (httpStatus < 200 || httpStatus >= 300) return fail(diagnoseStatus(httpStatus))
  if (parsed === undefined) return fail(body === null ? 'cut_off' : 'unparseable')
  if (error !== undefined && error !== null && typeof error !== 'string') {
    report('invalid_shape', 'error: not a string')
    return fail('invalid_shape')
  }
  const value = await parseBody(parsed, report)
  if (!isValidText) report('invalid_text', 'body: not UTF-8')
  if (value === null) return fail('invalid_shape')
  if (requestId === undefined) report('bad_request_id', 'request_id: absent or unreadable')
  return { kind: 'success', value, requestId: requestId ?? null, drifts: [...drifts.values()] }
}

/** Bytes that are not UTF-8 become a lone surrogate, which differs from a U+FFFD (EF BF BD) that the vendor sent. */
function decodeBroken(bytes: Buffer): string {
  const decode = (part: string) => Buffer.from(part, 'latin1').toString().replaceAll('\uFFFD', '\uD800')
  return bytes.toString('latin1').split('\u00EF\u00BF\u00BD').map(decode).join('\uFFFD')
}

/** Parses the text as a JSON object; any other JSON has no members to read. `undefined` if it is not JSON. */
function parseObject(text: string): Envelope | undefined {
  try {
    return Object(JSON.parse(text.replace(/^\uFEFF/, ''))) as Envelope
  } catch {
    return undefined
  }
}

const DAY_MS = 24 * 60 * 60 * 1000

/**
 * Milliseconds requested by `Retry-After` (RFC 9110, section 10.2.3), at most a day; `undefined` if the header is
 * absent or invalid. Its date form is relative to the answer's own `Date`, so that our clock's error does not matter.
 */
function readRetryAfter({ retryAfter = '', date = '' }: HttpAnswer): number | undefined {
  if (/^\d{1,15}$/.test(retryAfter)) return Math.min(Number(retryAfter) * 1000, DAY_MS)
  const [until, now] = [parseHttpDate(retryAfter), parseHttpDate(date)]
  return until === null || now === null ? undefined : Math.min(Math.max(until - now, 0), DAY_MS)
}
