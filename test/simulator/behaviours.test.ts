import { setTimeout as delay } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { wrongShapes } from '../../simulator/answers.js'
import { useSimulator } from '../support/upstream.js'
import { rawCall } from './raw-call.js'
import { call } from './signed-call.js'

const simulator = useSimulator()
const statusOf = async () => (await call(simulator().url)).status

it.each([
  ['missing_arguments', 400, 'MISSING_ARGUMENTS: sign'],
  ['bad_arguments', 400, 'BAD_ARGUMENTS: sign_version'],
  ['authentication_error', 403, 'AUTHENTICATION_ERROR'],
  ['authentication_error_401', 401, 'AUTHENTICATION_ERROR'],
  ['expired_sign', 403, 'AUTHORIZATION_ERROR: EXPIRED_SIGN'],
  ['invalid_sign', 403, 'AUTHORIZATION_ERROR: INVALID_SIGN'],
  ['api_key_be_discontinued', 403, 'AUTHORIZATION_ERROR: API_KEY_BE_DISCONTINUED'],
  ['ip_not_allowed', 403, 'AUTHORIZATION_ERROR: IP_NOT_ALLOWED'],
  ['limit_reached', 403, 'AUTHORIZATION_ERROR: LIMIT_REACHED'],
  ['more_retry_times', 403, 'AUTHORIZATION_ERROR: MORE_RETRY_TIMES'],
  ['denied', 403, 'AUTHORIZATION_ERROR: DENIED'],
  ['no_permission', 403, 'AUTHORIZATION_ERROR: NO_FACESEARCH_PERMISSION'],
  ['denied_by_client', 403, 'AUTHORIZATION_ERROR: Denied by Client'],
  ['denied_by_admin', 403, 'AUTHORIZATION_ERROR: Denied by Admin'],
  ['insufficient_account_balance', 403, 'AUTHORIZATION_ERROR: Insufficient Account Balance'],
  ['concurrency_limit_exceeded', 403, 'CONCURRENCY_LIMIT_EXCEEDED'],
  ['concurrency_limit_exceeded_429', 429, 'CONCURRENCY_LIMIT_EXCEEDED'],
  ['api_not_found', 404, 'API_NOT_FOUND'],
  ['internal_error', 500, 'INTERNAL_ERROR'],
])('fails as %s', async (name, status, error) => {
  simulator().set(name)
  const response = await call(simulator().url)
  expect(response.status).toBe(status)
  expect(await response.json()).toEqual({ error })
})

it('fails as request_entity_too_large in plain text', async () => {
  simulator().set('request_entity_too_large')
  const response = await call(simulator().url)
  expect(response.headers.get('content-type')).toContain('text/plain')
  expect([response.status, await response.text()]).toEqual([413, 'Request Entity Too Large'])
})

it('omits the space after the colon on request', async () => {
  simulator().set({ kind: 'failure', name: 'expired_sign', tight: true })
  expect(await (await call(simulator().url)).json()).toEqual({ error: 'AUTHORIZATION_ERROR:EXPIRED_SIGN' })
})

it('sends Retry-After', async () => {
  simulator().set({ kind: 'failure', name: 'internal_error', status: 503, retryAfter: 7 })
  const response = await call(simulator().url)
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '7'])
})

it('sends an error with any text, also with status 200', async () => {
  simulator().set({ kind: 'error', error: 'BRAND_NEW: x', status: 418 }, { times: 1 })
  simulator().set({ kind: 'error_with_200', error: 'BRAND_NEW' }, { times: 1 })
  const [first, second] = [await call(simulator().url), await call(simulator().url)]
  expect([first.status, await first.json()]).toEqual([418, { error: 'BRAND_NEW: x' }])
  expect([second.status, await second.json()]).toEqual([200, { error: 'BRAND_NEW' }])
})

it('answers the HTML of a proxy', async () => {
  simulator().set('html')
  const response = await call(simulator().url)
  expect([response.status, response.headers.get('content-type')]).toEqual([502, 'text/html'])
  expect(await response.text()).toContain('<html>')
})

it('answers with an empty body', async () => {
  simulator().set('empty')
  const response = await call(simulator().url)
  expect([response.status, await response.text()]).toEqual([200, ''])
})

it('answers with half a document and a matching Content-Length', async () => {
  simulator().set('invalid_json')
  const text = await (await call(simulator().url)).text()
  expect(text).toContain('"group_infos":[')
  expect(() => JSON.parse(text)).toThrow('JSON')
})

it('answers bytes that are not UTF-8', async () => {
  simulator().set('invalid_utf8')
  const body = Buffer.from(await (await call(simulator().url)).arrayBuffer())
  expect(() => new TextDecoder('utf-8', { fatal: true }).decode(body)).toThrow('not valid')
  expect(JSON.parse(body.toString('utf8'))).toMatchObject({ group_infos: [{ group_name: '\ufffd' }] })
})

it.each(Object.keys(wrongShapes))('answers valid JSON of the wrong shape: %s', async (shape) => {
  simulator().set({ kind: 'wrong_shape', shape: shape as keyof typeof wrongShapes })
  const response = await call(simulator().url)
  const head = { request_id: expect.any(String), time_used: 59 }
  expect([response.status, await response.json()]).toEqual([200, wrongShapes[shape as keyof typeof wrongShapes](head)])
})

it('redirects to itself or to the given location', async () => {
  simulator().set('redirect', { times: 1 })
  simulator().set({ kind: 'redirect', status: 302, location: 'http://elsewhere.test/' }, { times: 1 })
  const own = await call(simulator().url)
  const other = await call(simulator().url)
  expect([own.status, own.headers.get('location')]).toEqual([307, `${simulator().url}/finauth/search/group/group_list`])
  expect([other.status, other.headers.get('location')]).toEqual([302, 'http://elsewhere.test/'])
})

it.each(['gzip', 'deflate', 'br'] as const)('compresses the usual answer with %s', async (encoding) => {
  simulator().set({ kind: 'encoded', encoding })
  const response = await call(simulator().url)
  expect(response.headers.get('content-encoding')).toBe(encoding)
  expect(await response.json()).toMatchObject({ group_infos: [{ group_id: 'Finauth_test_001' }, {}, {}] })
})

it('pads a valid answer to exactly the requested size', async () => {
  simulator().set({ kind: 'oversized', bytes: 300_000 })
  const text = await (await call(simulator().url)).text()
  expect(text.length).toBe(300_000)
  expect(JSON.parse(text)).toMatchObject({ group_infos: [] })
})

it('compresses 20 MiB into a few kilobytes of gzip', async () => {
  simulator().set({ kind: 'gzip_bomb', bytes: 20 * 1024 * 1024 })
  const { head, body } = await rawCall(simulator().port)
  expect(head).toContain('Content-Encoding: gzip')
  expect(body.length).toBeLessThan(40_000)
  expect(gunzipSync(unchunk(body)).length).toBe(20 * 1024 * 1024)
})

it('waits before it answers', async () => {
  simulator().set({ kind: 'failure', delayMs: 500 })
  const answer = statusOf()
  expect(await Promise.race([answer, delay(20, 'waiting')])).toBe('waiting')
  expect(await answer).toBe(500)
})

it('applies queued behaviours to the next calls in order, then returns to the previous one', async () => {
  simulator().set('internal_error')
  simulator().set('empty', { times: 2 })
  simulator().set('api_not_found', { times: 1 })
  const statuses = [await statusOf(), await statusOf(), await statusOf(), await statusOf(), await statusOf()]
  expect(statuses).toEqual([200, 200, 404, 500, 500])
})

it('alternates normal and failing calls when flapping', async () => {
  simulator().set({ kind: 'flapping', up: 2, down: 1, as: { kind: 'html', status: 503 } })
  const statuses: number[] = []
  for (let calls = 0; calls < 6; calls += 1) statuses.push(await statusOf())
  expect(statuses).toEqual([200, 200, 503, 200, 200, 503])
})

it('verifies and dates one call by a wrong clock', async () => {
  simulator().set({ kind: 'wrong_clock', offsetSeconds: 600 }, { times: 1 })
  const wrong = await call(simulator().url)
  expect([wrong.status, await wrong.json()]).toEqual([403, { error: 'AUTHORIZATION_ERROR: EXPIRED_SIGN' }])
  expect(Date.parse(wrong.headers.get('date') ?? '') - Date.now()).toBeGreaterThan(590_000)
  expect(await statusOf()).toBe(200)
})

it.each([600, -600])('runs %s seconds off when its clock is set so', async (offset) => {
  simulator().setClockOffset(offset)
  const response = await call(simulator().url)
  expect(response.status).toBe(403)
  expect(Math.abs(Date.parse(response.headers.get('date') ?? '') - Date.now() - offset * 1000)).toBeLessThan(60_000)
})

it('rejects an unknown behaviour', () => {
  expect(() => simulator().set('explode')).toThrow('expected one of normal')
})

function unchunk(body: string): Buffer {
  const pieces: Buffer[] = []
  for (let at = 0; ; ) {
    const lineEnd = body.indexOf('\r\n', at)
    const size = Number.parseInt(body.slice(at, lineEnd), 16)
    if (size === 0) return Buffer.concat(pieces)
    pieces.push(Buffer.from(body.slice(lineEnd + 2, lineEnd + 2 + size), 'latin1'))
    at = lineEnd + 2 + size + 2
  }
}
