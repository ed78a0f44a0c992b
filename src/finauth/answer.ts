import type { Buffer } from 'node:buffer'
import type { GroupList } from '../face-groups/group-list.js'
import type { Steps } from '../face-groups/steps.js'
import type { AttemptFailure, Diagnosis } from './diagnosis.js'
import type { ContractDrift, DriftKind } from './finauth-events.js'
import { readRetryAfter } from './retry-after.js'
import { type DecodedText, decode, ListReader, parseJson } from './list-reader.js'
import { DocumentSplitter } from './split-document.js'
import { diagnoseStatus, readError } from './taxonomy.js'

/** What comes before the body of an answer, with the headers that matter in lower case. */
export interface AnswerHead {
  readonly httpStatus: number
  readonly headers: Readonly<Partial<Record<'date' | 'retry-after', string>>>
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
 * Reads and judges what the vendor, or a proxy in between, answers, while it comes in: the list is read record by
 * record, so that a long one neither holds anything up nor ever stands in memory as it came. Never throws.
 *
 * An `error` string decides first, whatever the HTTP status; the status decides where there is none, a blank one
 * being none. Success needs a 2xx and an array `group_infos` of which at least one record can be read, unless it is
 * empty: an empty list made of nothing but unreadable records would be a lie. Bytes that are not UTF-8 are replaced
 * by U+FFFD and reported.
 */
export class AnswerReader {
  readonly #head: AnswerHead
  readonly #list: ListReader
  readonly #document: DocumentSplitter

  /** The list comes to share what did not change with the one `before`. */
  constructor(head: AnswerHead, before: GroupList | null) {
    this.#head = head
    this.#list = new ListReader(before)
    this.#document = new DocumentSplitter('group_infos', this.#list)
  }

  /** The next piece of the body, decompressed; it must not change any more. */
  *take(piece: Buffer): Steps<void> {
    for (let at = 0; at < piece.length; at += bytesPerStep) {
      this.#document.take(piece.subarray(at, at + bytesPerStep))
      yield
    }
  }

  /** What the answer comes to, with the body taken so far. */
  judge(): Steps<JudgedAnswer> {
    return judge(this.#head, decode(this.#document.skeleton()), this.#list)
  }
}

/** Holds some thirty records, which take a tenth of a millisecond to parse, check and write. */
const bytesPerStep = 4096

type VendorDocument = Readonly<Record<string, unknown>>

/** `surroundings` is the document without the elements that `list` has taken. */
function* judge(head: AnswerHead, surroundings: DecodedText, list: ListReader): Steps<JudgedAnswer> {
  const parsed = parseObject(surroundings.text)
  const document = parsed ?? {}
  const { error, group_infos: listed } = document
  if (typeof error === 'string' && error.trim() !== '') return judgeError(head, error, document)
  if (head.httpStatus < 200 || head.httpStatus > 299) return fail(head, diagnoseStatus(head.httpStatus), document)
  if (parsed === undefined || list.isBroken()) return fail(head, 'unparseable', document)
  if (error !== undefined && error !== null && typeof error !== 'string') {
    return misshapen(head, document, 'error: not a string')
  }
  if (!Array.isArray(listed)) return misshapen(head, document, 'group_infos: not an array')
  const read = yield* list.finish(listed, surroundings.wasRepaired)
  const drifts = [...read.drifts]
  if (surroundings.wasRepaired || list.wasRepaired()) {
    drifts.push({ kind: 'invalid_text', count: 1, detail: 'body: not UTF-8' })
  }
  if (listed.length > 0 && read.faceGroups.length === 0) {
    return misshapen(head, document, 'group_infos: no readable record', drifts)
  }
  const requestId = readRequestId(document) ?? null
  if (requestId === null) drifts.push({ kind: 'bad_request_id', count: 1, detail: 'request_id: absent or unreadable' })
  return { kind: 'success', answer: { faceGroups: read.faceGroups, requestId, omitted: read.omitted }, drifts }
}

function judgeError(head: AnswerHead, error: string, document: VendorDocument): JudgedAnswer {
  const reading = readError(error, head.httpStatus)
  const judged = fail(head, reading.diagnosis, document, reading.vendorCode)
  if (!reading.unknown) return judged
  const detail = `${reading.vendorCode ?? 'an error that is no code'} with HTTP ${head.httpStatus}`
  return { ...judged, drifts: [{ kind: 'unknown_error_code', count: 1, detail }] }
}

const driftOf: Partial<Record<Diagnosis, DriftKind>> = {
  malformed_request: 'bad_request',
  wrong_url: 'wrong_url',
  redirected: 'redirect',
}

function fail(head: AnswerHead, diagnosis: Diagnosis, document: VendorDocument, vendorCode?: string): JudgedAnswer {
  const kind = driftOf[diagnosis]
  return {
    kind: 'failure',
    failure: {
      diagnosis,
      vendorCode,
      httpStatus: head.httpStatus,
      requestId: readRequestId(document),
      retryAfterMs: readRetryAfter(head.headers),
    },
    drifts: kind ? [{ kind, count: 1, detail: vendorCode ?? `HTTP ${head.httpStatus}` }] : [],
  }
}

function misshapen(head: AnswerHead, document: VendorDocument, detail: string, drifts: ContractDrift[] = []) {
  const judged = fail(head, 'invalid_shape', document)
  return { ...judged, drifts: [...drifts, { kind: 'invalid_shape', count: 1, detail }] } satisfies JudgedAnswer
}

/** The JSON object that the text is; `{}` for JSON of any other kind, `undefined` where it is no JSON at all. */
function parseObject(text: string): VendorDocument | undefined {
  const value = parseJson(text.replace(/^\uFEFF/, ''))
  if (value === undefined) return undefined
  return isObject(value) ? value : {}
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
