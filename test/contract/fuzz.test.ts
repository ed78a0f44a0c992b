import * as fc from 'fast-check'
import { Agent, request } from 'node:http'
import { type RunningService, startService } from '../support/service.js'
import { contractViolations, type ObservedAnswer } from './contract.js'

const cases = 2500
const concurrency = 32

const text = fc.oneof(
  fc.array(fc.integer({ min: 0, max: 0x10_ffff }), { maxLength: 40 }).map((codes) => String.fromCodePoint(...codes)),
  fc.string({ maxLength: 40 }),
  fc.constantFrom(
    '',
    '%',
    '%zz',
    '%00',
    '../..',
    '😀',
    "' OR 1=1",
    '\u202e',
    'x'.repeat(1100),
    '2026-01-01T00:00:00Z',
    '-name',
  ),
)
/** A well-formed query string, or one without the escaping that a request line does not require. */
const written = fc.oneof(
  text.map((one) => encodeURIComponent(one.replaceAll(/\p{Surrogate}/gu, ''))),
  text.map((one) => one.replaceAll(/[^\x21-\x7e]|[#?]/g, '')),
)
const parameter = fc.oneof(
  fc.constantFrom('limit', 'cursor', 'q', 'modelVersion', 'createdAfter', 'createdBefore', 'sort'),
  written,
)
const query = fc
  .array(fc.tuple(parameter, fc.oneof(written, fc.integer({ min: -1, max: 1100 }).map(String))), { maxLength: 4 })
  .map((pairs) => (pairs.length === 0 ? '' : `?${pairs.map(([name, value]) => `${name}=${value}`).join('&')}`))
const headerValue = fc.oneof(
  fc.string({ maxLength: 60 }).map((one) => one.replaceAll(/[^\x20-\x7e]/g, '')),
  fc.constantFrom(
    '*',
    '"a", W/"b"',
    'gzip;q=0, br;q=0.5',
    'identity;q=0',
    '*/*;q=0.1',
    'application/json',
    'bytes=0-1',
  ),
)
const anyHeaders = fc.dictionary(
  fc.constantFrom(
    'accept',
    'accept-encoding',
    'if-none-match',
    'x-request-id',
    'origin',
    'range',
    'cookie',
    'x-forwarded-for',
    'traceparent',
  ),
  headerValue,
  { maxKeys: 3 },
)
/** Any value of If-None-Match rarely matches; without this, few answers would be 304. */
const condition = fc.constantFrom({}, {}, {}, { 'if-none-match': '*' })
const headers = fc.tuple(anyHeaders, condition).map(([some, more]) => Object.assign(some, more))
const call = fc.record({
  method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST', 'PUT', 'OPTIONS'),
  path: fc.oneof(
    fc.constant('/api/face-groups'),
    written.map((id) => `/api/face-groups/${id}`),
    fc.constantFrom('/api/face-groups/refresh', '/health', '/docs/', '/', '/problems/internal', '//', '/%'),
    written.map((path) => `/${path}`),
  ),
  query,
  headers,
})

describe('any request', () => {
  let running: RunningService
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency })
  beforeAll(async () => {
    running = await startService({ environment: { RATE_LIMIT_PER_MINUTE: '0' } })
  })
  afterAll(async () => {
    agent.destroy()
    await running.stop()
  })

  it(`never gets a 5xx, and always a documented answer (${cases} calls)`, async () => {
    const authorization = `Bearer ${await running.token()}`
    const calls = fc.sample(call, cases)
    const faults: string[] = []
    const statuses = new Set<number>()
    async function worker(): Promise<void> {
      for (let next = calls.pop(); next; next = calls.pop()) {
        const answer = await send(next, authorization)
        statuses.add(answer.status)
        const wrong = answer.status >= 500 ? [`answered ${answer.status}`] : contractViolations(answer)
        if (wrong.length > 0) faults.push(`${JSON.stringify(next)}: ${wrong.join('; ')}`)
      }
    }
    await Promise.all(Array.from({ length: concurrency }, worker))
    expect(faults.slice(0, 5)).toEqual([])
    // Otherwise these would not be fuzzed requests, but invalid HTTP.
    expect([...statuses]).toEqual(expect.arrayContaining([200, 304, 400, 403, 404, 405, 406]))
  }, 300_000)

  function send(
    {
      method,
      path,
      query: search,
      headers: given,
    }: { method: string; path: string; query: string; headers: Record<string, string> },
    authorization: string,
  ): Promise<ObservedAnswer> {
    const { hostname, port } = new URL(running.url)
    return new Promise((resolve, reject) => {
      const options = { hostname, port, method, path: path + search, agent, headers: { ...given, authorization } }
      const sent = request(options, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const received = new Headers(Object.entries(response.headers).map(([name, value]) => [name, String(value)]))
          const body = Buffer.concat(chunks).toString()
          resolve({ method, path: path.split('?')[0] ?? '', status: response.statusCode ?? 0, headers: received, body })
        })
      })
      sent.on('error', reject)
      sent.end()
    })
  }
})
