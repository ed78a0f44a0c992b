import { isUtf8 } from 'node:buffer'
import type { GroupList } from '../face-groups/group-list.js'
import type { Steps } from '../face-groups/steps.js'
import type { AttemptFailure, Diagnosis } from './diagnosis.js'
import { readRecords } from './face-group-records.js'
import type { ContractDrift, DriftKind } from './finauth-events.js'
import { readRetryAfter } from './retry-after.js'
import { type SplitDocument, splitDocument } from './split-document.js'
import { diagnoseStatus, readError } from './taxonomy.js'

/** An answer as it came, decompressed and bounded, with the headers that matter in lower case. */
export interface RawAnswer {
  readonly httpStatus: number
  readonly headers: Readonly<Partial<Record<'date' | 'retry-after', string>>>
  readonly body: Buffer
}

export interface FinAuthAnswer {
  /** In the vendor's order. */
  readonly faceGroups: GroupList
  /** The vendor's id of the call, for tracing it with the vendor; `null` where it gave none that can be shown. */
  readonly requestId: string | null
  /** Records left out because they could not be read. */
  readonly omitted: number
}

export type JudgedAnswer =
  | { readonly kind: 'success'; readonly answer: FinAuthAnswer; readonly drifts: readonly ContractDrift[] }
  | { readonly kind: 'failure'; readonly failure: AttemptFailure; readonly drifts: readonly ContractDrift[] }

/**
 * Judges what the vendor, or a proxy in between, answered. Pure, never throws, and takes and returns plain data.
 *
 * An `error` string decides first, whatever the HTTP status; the status decides where there is none, a blank one
 * being none. Success needs a 2xx and an array `group_infos` of which at least one record can be read, unless it is
 * empty: an empty list made of nothing but unreadable records would be a lie. Bytes that are not UTF-8 are replaced
 * by U+FFFD and reported. The list is read record by record, so that a long one holds nothing up.
 */
export function* judgeAnswer(raw: RawAnswer): Steps<JudgedAnswer> {
  const split = yield* splitDocument(raw.body, 'group_infos')
  const parsed = parseObject(split.skeleton)
  const document = parsed ?? {}
  const { error } = document
  if (typeof error === 'string' && error.trim() !== '') return judgeError(raw, error, document)
  if (raw.httpStatus < 200 || raw.httpStatus > 299) return fail(raw, diagnoseStatus(raw.httpStatus), document)
  if (parsed === undefined) return fail(raw, 'unparseable', document)
  if (error !== undefined && error !== null && typeof error !== 'string') {
    return misshapen(raw, document, 'error: not a string')
  }
  return yield* judgeSuccess(raw, document, split)
}

type VendorDocument = Readonly<Record<string, unknown>>

function* judgeSuccess(raw: RawAnswer, document: VendorDocument, { elements }: SplitDocument): Steps<JudgedAnswer> {
  const { group_infos: listed } = document
  if (!Array.isArray(listed)) return misshapen(raw, document, 'group_infos: not an array')
  const textWasRepaired = !isUtf8(raw.body)
  const records = elements.length === 0 ? listed : parsedEach(elements)
  // The vendor's names for its fields make its record longer than ours.
  const expected = { most: listed.length, bytes: raw.body.length }
  const read = yield* readRecords(records, { textWasRepaired, expected })
  if (read === null) return fail(raw, 'unparseable', document)
  const drifts = [...read.drifts]
  if (textWasRepaired) drifts.push({ kind: 'invalid_text', count: 1, detail: 'body: not UTF-8' })
  if (listed.length > 0 && read.faceGroups.length === 0) {
    return misshapen(raw, document, 'group_infos: no readable record', drifts)
  }
  const requestId = readRequestId(document) ?? null
  if (requestId === null) drifts.push({ kind: 'bad_request_id', count: 1, detail: 'request_id: absent or unreadable' })
  return {
    kind: 'success',
    answer: { faceGroups: read.faceGroups, requestId, omitted: read.omitted },
    drifts,
  }
}

function judgeError(raw: RawAnswer, error: string, document: VendorDocument): JudgedAnswer {
  const reading = readError(error, raw.httpStatus)
  const judged = fail(raw, reading.diagnosis, document, reading.vendorCode)
  if (!reading.unknown) return judged
  const detail = `${reading.vendorCode ?? 'an error that is no code'} with HTTP ${raw.httpStatus}`
  return { ...judged, drifts: [{ kind: 'unknown_error_code', count: 1, detail }] }
}

const driftOf: Partial<Record<Diagnosis, DriftKind>> = {
  malformed_request: 'bad_request',
  wrong_url: 'wrong_url',
  redirected: 'redirect',
}

function fail(raw: RawAnswer, diagnosis: Diagnosis, document: VendorDocument, vendorCode?: string): JudgedAnswer {
  const kind = driftOf[diagnosis]
  return {
    kind: 'failure',
    failure: {
      diagnosis,
      vendorCode,
      httpStatus: raw.httpStatus,
      requestId: readRequestId(document),
      retryAfterMs: readRetryAfter(raw.headers),
    },
    drifts: kind ? [{ kind, count: 1, detail: vendorCode ?? `HTTP ${raw.httpStatus}` }] : [],
  }
}

function misshapen(raw: RawAnswer, document: VendorDocument, detail: string, drifts: ContractDrift[] = []) {
  const judged = fail(raw, 'invalid_shape', document)
  return { ...judged, drifts: [...drifts, { kind: 'invalid_shape', count: 1, detail }] } satisfies JudgedAnswer
}

/** The JSON object that the text is; `{}` for JSON of any other kind, `undefined` where it is no JSON at all. */
function parseObject(text: string): VendorDocument | undefined {
  const value = parseJson(text.replace(/^\uFEFF/, ''))
  if (value === undefined) return undefined
  return isObject(value) ? value : {}
}

function* parsedEach(elements: SplitDocument['elements']): Generator<unknown, void> {
  for (let index = 0; index < elements.length; index += 1) yield parseJson(elements.at(index).toString())
}

/** `undefined`, which no JSON stands for, where the text is none. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is VendorDocument {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Goes into headers and logs, so nothing is taken over but what looks like the vendor's ids
 * (`1772532811,965b2850-…`). Too short for a signature, whose Base64 is never under 72 characters.
 */
function readRequestId({ request_id: id }: VendorDocument): string | undefined {
  return typeof id === 'string' && /^[\w,.:-]{1,64}$/.test(id) ? id : undefined
}
