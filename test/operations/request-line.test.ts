import type { RequestRecord } from '../../src/http/request-context.js'
import { createLog } from '../../src/operations/log.js'
import { createRequestLine } from '../../src/operations/request-line.js'

const least: RequestRecord = {
  requestId: '0b8f2c6e-7f0a-4f0c-9a55-5f3d1a7f9a10',
  traceId: undefined,
  route: '/api/face-groups',
  method: 'GET',
  status: 200,
  durationSeconds: 0.001_234_567,
  endedAtMs: 1_795_366_501_123,
  lines: '',
}
const ada = { subject: 'ada', scopes: new Set<string>(), groupPatterns: null }

const records: [string, Partial<RequestRecord>][] = [
  ['nothing but what every request has', {}],
  ['data shown', { cache: 'fresh', disclosed: 3, caller: ada, traceId: '0af7651916cd43dd8448eb211c80319c' }],
  ['one group', { route: '/api/face-groups/{groupId}', group: 'a"\\\n\u2028\ud800é', disclosed: 1, caller: ada }],
  ['a problem', { status: 403, problem: 'insufficient_scope', caller: { ...ada, subject: '{"sub":"\u0000"}\r\n' } }],
  ['none of the resource', { route: '/health', method: 'HEAD', durationSeconds: 12 }],
]

const durations = [0, 4e-7, 9e-7, 0.000_01, 0.000_1, 0.000_12, 0.001, 0.009_9, 0.012_3, 0.999_999_6, 59.100_5]
for (const durationSeconds of durations) records.push([`a request of ${durationSeconds} s`, { durationSeconds }])

describe.each(records)('of %s', (_what, more) => {
  it('the line is what the logger itself would have written', () => {
    const record = { ...least, ...more }
    const written: string[] = []
    const log = createLog({ level: 'info', destination: { write: (line) => void written.push(String(line)) } })
    const isAudit = record.route.startsWith('/api/')
    log[isAudit ? 'audit' : 'info'](
      {
        method: record.method,
        route: record.route,
        status: record.status,
        cache: record.cache,
        disclosed: record.disclosed,
        problem: record.problem,
        durationMs: Math.round(record.durationSeconds * 1e6) / 1000,
        requestId: record.requestId,
        traceId: record.traceId,
        group: record.group,
        subject: record.caller?.subject,
      },
      isAudit ? 'audit' : 'request',
    )
    expect(createRequestLine(log)(record)).toBe(written[0]?.replace(/"time":\d+/, `"time":${record.endedAtMs}`))
  })
})

it.each([
  ['info', true, true],
  ['error', true, false],
  ['silent', false, false],
])('LOG_LEVEL=%s: a line for data %s, for anything else %s', (level, forData, forOthers) => {
  const log = createLog({ level, destination: { write: () => {} } })
  const lineOf = createRequestLine(log)
  expect(lineOf(least) !== '').toBe(forData)
  expect(lineOf({ ...least, route: '/health' }) !== '').toBe(forOthers)
})

it('each line speaks of its own request, whatever the one before was', () => {
  const log = createLog({ level: 'info', destination: { write: () => {} } })
  const lineOf = createRequestLine(log)
  const others: Partial<RequestRecord>[] = [
    { status: 304 },
    { disclosed: 7 },
    { cache: 'stale' },
    { route: '/api/face-groups/{groupId}' },
    { method: 'HEAD' },
    { problem: 'not_found' },
  ]
  for (const other of others) {
    const [field, value] = Object.entries(other)[0]!
    expect(JSON.parse(lineOf(least))).not.toMatchObject(other)
    expect(JSON.parse(lineOf({ ...least, ...other }))).toMatchObject({ [field]: value })
  }
})
