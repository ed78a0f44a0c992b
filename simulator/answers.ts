import { exampleLibraries } from './vendor-libraries.js'

/** One answer of the vendor. */
export interface Answer {
  readonly status: number
  readonly contentType: string
  readonly body: Buffer
}

interface Failure {
  readonly status: number
  readonly error: string
  readonly plainText?: true
}

/** The vendor's failure taxonomy: every row, and every known spelling. */
export const failures = {
  missing_arguments: { status: 400, error: 'MISSING_ARGUMENTS: sign' },
  bad_arguments: { status: 400, error: 'BAD_ARGUMENTS: sign_version' },
  authentication_error: { status: 403, error: 'AUTHENTICATION_ERROR' },
  authentication_error_401: { status: 401, error: 'AUTHENTICATION_ERROR' },
  expired_sign: { status: 403, error: 'AUTHORIZATION_ERROR: EXPIRED_SIGN' },
  invalid_sign: { status: 403, error: 'AUTHORIZATION_ERROR: INVALID_SIGN' },
  api_key_be_discontinued: { status: 403, error: 'AUTHORIZATION_ERROR: API_KEY_BE_DISCONTINUED' },
  ip_not_allowed: { status: 403, error: 'AUTHORIZATION_ERROR: IP_NOT_ALLOWED' },
  limit_reached: { status: 403, error: 'AUTHORIZATION_ERROR: LIMIT_REACHED' },
  more_retry_times: { status: 403, error: 'AUTHORIZATION_ERROR: MORE_RETRY_TIMES' },
  denied: { status: 403, error: 'AUTHORIZATION_ERROR: DENIED' },
  no_permission: { status: 403, error: 'AUTHORIZATION_ERROR: NO_FACESEARCH_PERMISSION' },
  denied_by_client: { status: 403, error: 'AUTHORIZATION_ERROR: Denied by Client' },
  denied_by_admin: { status: 403, error: 'AUTHORIZATION_ERROR: Denied by Admin' },
  insufficient_account_balance: { status: 403, error: 'AUTHORIZATION_ERROR: Insufficient Account Balance' },
  unknown_authorization_error: { status: 403, error: 'AUTHORIZATION_ERROR: SOMETHING_NEW' },
  concurrency_limit_exceeded: { status: 403, error: 'CONCURRENCY_LIMIT_EXCEEDED' },
  concurrency_limit_exceeded_429: { status: 429, error: 'CONCURRENCY_LIMIT_EXCEEDED' },
  api_not_found: { status: 404, error: 'API_NOT_FOUND' },
  request_entity_too_large: { status: 413, error: 'Request Entity Too Large', plainText: true },
  internal_error: { status: 500, error: 'INTERNAL_ERROR' },
} as const satisfies Record<string, Failure>

export type FailureName = keyof typeof failures

export function isFailureName(value: unknown): value is FailureName {
  return typeof value === 'string' && Object.hasOwn(failures, value)
}

export interface FailureOptions {
  /** Overrides the status of the table. */
  readonly status?: number | undefined
  /** Omits the space after the colon, as some of the vendor's pages do. */
  readonly tight?: boolean | undefined
}

export function failureAnswer(name: FailureName, options: FailureOptions = {}): Answer {
  const failure: Failure = failures[name]
  const error = options.tight === true ? failure.error.replace(': ', ':') : failure.error
  const status = options.status ?? failure.status
  return failure.plainText === true
    ? { status, contentType: 'text/plain; charset=utf-8', body: Buffer.from(error) }
    : errorAnswer(status, error)
}

export function errorAnswer(status: number, error: string): Answer {
  return jsonAnswer(status, { error })
}

export function jsonAnswer(status: number, value: unknown): Answer {
  return { status, contentType: 'application/json; charset=utf-8', body: Buffer.from(JSON.stringify(value)) }
}

const [first, second] = exampleLibraries
const badRecords = [null, 7, 'library', [], {}, { ...first, group_name: 5 }, { group_id: { nested: true } }]

/** JSON answers with status 200 that deviate from the vendor's documentation. */
export const wrongShapes = {
  null: () => null,
  array: () => exampleLibraries,
  string: () => 'ok',
  number: () => 200,
  empty_object: () => ({}),
  no_group_infos: (head: object) => ({ ...head }),
  group_infos_null: (head: object) => ({ ...head, group_infos: null }),
  group_infos_object: (head: object) => ({ ...head, group_infos: { 0: first } }),
  group_infos_string: (head: object) => ({ ...head, group_infos: '[]' }),
  one_bad_record: (head: object) => ({ ...head, group_infos: [first, { ...second, group_name: null }] }),
  only_bad_records: (head: object) => ({ ...head, group_infos: badRecords }),
  unreadable_times: (head: object) => ({
    ...head,
    group_infos: ['yesterday', '', -1, 1e300, '2026-02-30T00:00:00Z', null].map((time) =>
      withFields({ add_time: time }),
    ),
  }),
  unknown_fields: (head: object) => ({
    ...head,
    surprise: { deep: [1] },
    group_infos: exampleLibraries.map(() => withFields({ face_count: 12, owner: 'someone@example.test' })),
  }),
  deeply_nested: (head: object) => ({ ...head, group_infos: [nest(2_000)] }),
} as const satisfies Record<string, (head: object) => unknown>

export type WrongShapeName = keyof typeof wrongShapes

export function wrongShapeAnswer(shape: WrongShapeName, requestId: string): Answer {
  return jsonAnswer(200, wrongShapes[shape]({ request_id: requestId, time_used: 59 }))
}

/** The first half of an answer, with the Content-Length of the half. */
export function invalidJsonAnswer(answer: Answer): Answer {
  return { ...answer, body: answer.body.subarray(0, Math.floor(answer.body.length / 2)) }
}

/** A library whose name contains a byte that is invalid in UTF-8; otherwise valid JSON. */
export function invalidUtf8Answer(requestId: string): Answer {
  const answer = jsonAnswer(200, { request_id: requestId, time_used: 59, group_infos: [{ ...first, group_name: '~' }] })
  const body = Buffer.from(answer.body)
  body[body.indexOf('"~"') + 1] = 0xc3
  return { ...answer, body }
}

export function htmlAnswer(status: number): Answer {
  const title = `${status} Bad Gateway`
  const body = `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1><hr>nginx</body></html>\n`
  return { status, contentType: 'text/html', body: Buffer.from(body) }
}

/** A valid answer of exactly `bytes` bytes, almost only spaces, generated while it is read. */
export function* blownUpBody(requestId: string, bytes: number): Generator<Buffer> {
  const start = Buffer.from(`{"request_id":"${requestId}","time_used":59,"group_infos":[`)
  const end = Buffer.from(']}')
  const spaces = Buffer.alloc(65_536, ' ')
  yield start
  for (let left = bytes - start.length - end.length; left > 0; left -= spaces.length) {
    yield left < spaces.length ? spaces.subarray(0, left) : spaces
  }
  yield end
}

function withFields(fields: object): object {
  return { ...first, ...fields }
}

function nest(depth: number): unknown {
  let value: unknown = 'bottom'
  for (let level = 0; level < depth; level += 1) value = { group_data: value }
  return value
}
