import { type Buffer, isUtf8 } from 'node:buffer'
import { type AttemptFailure, type Diagnosis, diagnoseStatus, readError } from './errors.js'
import type { ContractDrift, DriftKind } from './events.js'
import { readRetryAfter } from './retry.js'

/** What comes before the body of an answer. */
export interface AnswerHead {
  readonly httpStatus: number
  readonly date?: string | undefined
  readonly retryAfter?: string | undefined
}

/** The JSON object that every answer of the vendor is, nothing of it verified. */
export type Envelope = Readonly<Record<string, unknown>>

/** What an endpoint holds in an envelope, or in a few words of ours why it is not as documented. */
export type ParsedBody<T> =
  | { readonly value: T; readonly drifts: readonly ContractDrift[] }
  | { readonly invalid: string; readonly drifts: readonly ContractDrift[] }

/**
 * Reads an endpoint's own fields from the envelope of a success; must not throw. Bytes that are not UTF-8 have become lone
 * surrogates, as JSON escapes may hold them too: use `isWellFormed` for ids and `toWellFormed` for text.
 */
export type ParseBody<T> = (envelope: Envelope) => Promise<ParsedBody<T>>

export type ParsedAnswer<T> =
  | {
      readonly kind: 'success'
      readonly value: T
      /** The vendor's id of the call, for tracing it with the vendor; `null` where it gave none that can be shown. */
      readonly requestId: string | null
      readonly drifts: readonly ContractDrift[]
    }
  | { readonly kind: 'failure'; readonly failure: AttemptFailure; readonly drifts: readonly ContractDrift[] }

/**
 * Parses what the vendor, or a proxy in between, answers; `bytes` is the whole body, decompressed. Never throws.
 *
 * A non-empty `error` string decides first, whatever the HTTP status; the status decides where there is none. A success
 * needs a 2xx, a JSON object and what `parseBody` asks for. A byte order mark is tolerated. Bytes that are not UTF-8 are
 * reported.
 */
export async function parseAnswer<T>(
  head: AnswerHead,
  bytes: Buffer,
  parseBody: ParseBody<T>,
): Promise<ParsedAnswer<T>> {
  const { text, isValid } = decodeUtf8(bytes)
  const parsed = parseObject(text)
  const envelope = parsed ?? {}
  const { error } = envelope
  if (typeof error === 'string' && error.trim() !== '') return vendorFailure(head, error, envelope)
  if (!isSuccess(head)) return fail(head, diagnoseStatus(head.httpStatus), envelope)
  if (parsed === undefined) return fail(head, 'unparseable', envelope)
  if (error !== undefined && error !== null && typeof error !== 'string') {
    return invalidShape(head, envelope, [drift('invalid_shape', 'error: not a string')])
  }
  const body = await parseBody(envelope)
  const drifts = [...body.drifts, ...(isValid ? [] : [drift('invalid_text', 'body: not UTF-8')])]
  if ('invalid' in body) return invalidShape(head, envelope, [...drifts, drift('invalid_shape', body.invalid)])
  const requestId = readRequestId(envelope) ?? null
  if (requestId === null) drifts.push(drift('bad_request_id', 'request_id: absent or unreadable'))
  return { kind: 'success', value: body.value, requestId, drifts }
}

export function isSuccess({ httpStatus }: AnswerHead): boolean {
  return httpStatus >= 200 && httpStatus < 300
}

type FailedAnswer = Extract<ParsedAnswer<never>, { kind: 'failure' }>

function vendorFailure(head: AnswerHead, error: string, envelope: Envelope): FailedAnswer {
  const { diagnosis, vendorCode, unknown } = readError(error, head.httpStatus)
  const answer = fail(head, diagnosis, envelope, vendorCode)
  if (!unknown) return answer
  const detail = `${vendorCode ?? 'an error that is not a code'} with HTTP ${head.httpStatus}`
  return { ...answer, drifts: [drift('unknown_error_code', detail)] }
}

const driftKindOf: Partial<Record<Diagnosis, DriftKind>> = {
  malformed_request: 'bad_request',
  wrong_url: 'wrong_url',
  redirected: 'redirect',
}

function fail(head: AnswerHead, diagnosis: Diagnosis, envelope: Envelope, vendorCode?: string): FailedAnswer {
  const { httpStatus } = head
  const kind = driftKindOf[diagnosis]
  const [requestId, retryAfterMs] = [readRequestId(envelope), readRetryAfter(head)]
  return {
    kind: 'failure',
    failure: { diagnosis, vendorCode, httpStatus, requestId, retryAfterMs },
    drifts: kind ? [drift(kind, vendorCode ?? `HTTP ${httpStatus}`)] : [],
  }
}

function invalidShape(head: AnswerHead, envelope: Envelope, drifts: readonly ContractDrift[]): FailedAnswer {
  return { ...fail(head, 'invalid_shape', envelope), drifts }
}

function drift(kind: DriftKind, detail: string): ContractDrift {
  return { kind, count: 1, detail }
}

/**
 * Invalid bytes become a lone surrogate rather than U+FFFD, so that they can be told from a U+FFFD that the vendor sent,
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

/** The JSON object that the text is; `{}` for JSON of any other kind, `undefined` where it is not JSON. */
function parseObject(text: string): Envelope | undefined {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
  } catch {
    return undefined
  }
}

/**
 * Goes into headers and logs, so only what looks like the vendor's ids (`1772532811,965b2850-…`) is accepted. Too short for
 * a signature, whose Base64 is never under 72 characters.
 */
function readRequestId({ request_id: id }: Envelope): string | undefined {
  return typeof id === 'string' && /^[\w,.:-]{1,64}$/.test(id) ? id : undefined
}
