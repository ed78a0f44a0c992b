import * as fc from 'fast-check'
import { AnswerReader } from '../../src/finauth/answer.js'
import { atOnce } from '../../src/face-groups/steps.js'
import type { GroupList } from '../../src/face-groups/group-list.js'
import { groupsOf } from '../face-groups/fixtures.js'
import { vendorExample } from './finauth-fixtures.js'
import { exampleGroups } from '../face-groups/fixtures.js'

const record = {
  group_id: 'one',
  group_name: 'One',
  group_data: 'data',
  model_version: 's21',
  add_time: '2026-01-27T14:19:01+08:00',
}

function judge(body: unknown, httpStatus = 200) {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  const answer = new AnswerReader({ httpStatus, headers: {} }, null)
  atOnce(answer.take(bytes))
  const judged = atOnce(answer.judge())
  if (judged.kind === 'failure') return judged
  return { ...judged, answer: { ...judged.answer, faceGroups: groupsOf(judged.answer.faceGroups) } }
}

function listAfter(records: unknown, before: GroupList | null): GroupList {
  const answer = new AnswerReader({ httpStatus: 200, headers: {} }, before)
  atOnce(answer.take(Buffer.from(JSON.stringify({ request_id: 'r', group_infos: records }))))
  const judged = atOnce(answer.judge())
  if (judged.kind === 'failure') throw new TypeError(`expected a success, got ${judged.failure.diagnosis}`)
  return judged.answer.faceGroups
}

function judgeRecords(records: unknown) {
  return judge({ request_id: 'r', group_infos: records })
}

function accepted(judged: ReturnType<typeof judge>) {
  if (judged.kind === 'failure') throw new TypeError(`expected a success, got ${judged.failure.diagnosis}`)
  return judged
}

describe('a success', () => {
  it('gives the documented example by value', () => {
    expect(judge(vendorExample)).toEqual({
      kind: 'success',
      drifts: [],
      answer: {
        requestId: '1772532811,965b2850-1bbb-4d87-a59a-c6cfd0cfa230',
        omitted: 0,
        faceGroups: exampleGroups,
      },
    })
  })

  it('takes an empty list for an empty list', () => {
    expect(accepted(judgeRecords([])).answer.faceGroups).toEqual([])
  })

  it('has no id where the vendor has none', () => {
    const { group_id: _, ...without } = record
    const judged = judgeRecords([{ ...record, group_id: '' }, { ...record, group_id: null }, without])
    expect(accepted(judged).answer.faceGroups.map(({ id }) => id)).toEqual([null, null, null])
  })

  it('has an empty description where the vendor has no data', () => {
    const { group_data: _, ...without } = record
    const judged = judgeRecords([{ ...record, group_data: null }, without])
    expect(accepted(judged).answer.faceGroups.map(({ description }) => description)).toEqual(['', ''])
  })

  it('has an empty model version where the vendor has none', () => {
    const { model_version: _, ...without } = record
    const judged = judgeRecords([{ ...record, model_version: null }, without])
    expect(accepted(judged).answer.faceGroups.map(({ modelVersion }) => modelVersion)).toEqual(['', ''])
  })

  it('drops fields nobody asked for', () => {
    const judged = judgeRecords([{ ...record, api_secret: 'x', ['__proto__']: { polluted: 1 } }])
    expect(Object.keys(accepted(judged).answer.faceGroups[0] ?? {})).toEqual([
      'id',
      'name',
      'description',
      'modelVersion',
      'createdAt',
    ])
  })

  it('leaves out bad records, counts them and reports the first', () => {
    const judged = accepted(judgeRecords([null, record, { ...record, group_name: 7 }, 'x']))
    expect(judged.answer).toMatchObject({ omitted: 3, faceGroups: [{ id: 'one' }] })
    expect(judged.drifts).toEqual([{ kind: 'bad_record', count: 3, detail: 'record: invalid_type' }])
  })

  it('keeps a record whose time cannot be read and reports it', () => {
    const judged = accepted(judgeRecords([{ ...record, add_time: 'yesterday' }]))
    expect(judged.answer.faceGroups[0]?.createdAt).toBeNull()
    expect(judged.drifts).toEqual([{ kind: 'unreadable_time', count: 1, detail: 'add_time: string' }])
  })

  it('reads epoch milliseconds as a number and as a string', () => {
    const judged = judgeRecords([
      { ...record, add_time: 1769494741000 },
      { ...record, add_time: '1769494741000' },
    ])
    const times = accepted(judged).answer.faceGroups.map(({ createdAt }) => createdAt)
    expect(times).toEqual(['2026-01-27T06:19:01Z', '2026-01-27T06:19:01Z'])
  })

  it('repairs a lone surrogate in a name and leaves out a record with one in its id', () => {
    const text = `{"request_id":"r","group_infos":[${JSON.stringify(record).replace('One', 'O\\ud800')},
      ${JSON.stringify(record).replace('"one"', '"o\\ud800"')}]}`
    const judged = accepted(judge(text))
    expect(judged.answer).toMatchObject({ omitted: 1, faceGroups: [{ name: 'O\uFFFD' }] })
  })

  it('repairs bytes that are not UTF-8, reports them, and leaves out a record whose id they damaged', () => {
    const text = JSON.stringify({ request_id: 'r', group_infos: [record, { ...record, group_id: 'tw@' }] })
    const bytes = Buffer.from(text.replace('"One"', '"On@"').replaceAll('@', '\u00ff'), 'latin1')
    const judged = accepted(judge(bytes))
    expect(judged.answer).toMatchObject({ omitted: 1, faceGroups: [{ id: 'one', name: 'On\uFFFD' }] })
    expect(judged.drifts).toEqual([
      { kind: 'bad_record', count: 1, detail: 'group_id: broken text' },
      { kind: 'invalid_text', count: 1, detail: 'body: not UTF-8' },
    ])
  })

  it('keeps U+FFFD in an id that really is one', () => {
    const judged = judgeRecords([{ ...record, group_id: '\uFFFD' }])
    expect(accepted(judged).answer.faceGroups[0]?.id).toBe('\uFFFD')
  })

  it('keeps U+FFFD in an id that really is one beside a record that was damaged', () => {
    const records = [
      { ...record, group_id: '\uFFFD' },
      { ...record, group_name: 'On@' },
      { ...record, group_id: 'tw@' },
    ]
    const [before = '', between = '', after = ''] = JSON.stringify({ request_id: 'r', group_infos: records }).split('@')
    const scar = Buffer.from([0xff])
    const judged = accepted(
      judge(Buffer.concat([Buffer.from(before), scar, Buffer.from(between), scar, Buffer.from(after)])),
    )
    expect(judged.answer).toMatchObject({ omitted: 1, faceGroups: [{ id: '\uFFFD' }, { name: 'On\uFFFD' }] })
  })

  it('shares what did not change with the list before', () => {
    const records = Array.from({ length: 600 }, (_, at) => ({ ...record, group_id: `id ${at}` }))
    const before = listAfter(records, null)
    const list = listAfter(records.with(300, { ...record, group_id: 'another' }), before)
    expect(list.blocks.map((block, at) => block === before.blocks[at])).toEqual([true, false, true])
  })

  it('reads past a byte order mark', () => {
    expect(judge(`\uFEFF${JSON.stringify(vendorExample)}`).kind).toBe('success')
  })

  it.each([[undefined], [''], ['x'.repeat(65)], ['a\r\nset-cookie: b'], [7]])('has no request id for %p', (id) => {
    const judged = accepted(judge({ request_id: id, group_infos: [record] }))
    expect(judged.answer.requestId).toBeNull()
    expect(judged.drifts).toEqual([{ kind: 'bad_request_id', count: 1, detail: 'request_id: absent or unreadable' }])
  })

  it('names the field that makes a record bad', () => {
    const judged = accepted(judgeRecords([record, { ...record, group_name: 7 }]))
    expect(judged.drifts).toEqual([{ kind: 'bad_record', count: 1, detail: 'group_name: invalid_type' }])
  })

  it.each([
    ['under an escaped name', '"group_in\\u0066os":[RECORD]'],
    ['that stands there twice, the last one', '"group_infos":[],"group_infos":[RECORD]'],
  ])('reads a list %s', (_, member) => {
    const judged = judge(`{"request_id":"r",${member.replace('RECORD', JSON.stringify(record))}}`)
    expect(accepted(judged).answer.faceGroups.map(({ id }) => id)).toEqual(['one'])
  })

  it.each([[200], [299]])('may come with HTTP %d', (httpStatus) => {
    expect(judge(vendorExample, httpStatus).kind).toBe('success')
  })

  it('is never parsed as a whole, so that a long list holds nothing up', () => {
    const records = Array.from({ length: 1000 }, () => record)
    const longest = longestParsed(() => judgeRecords(records))
    expect(longest).toBeLessThan(JSON.stringify(records).length / 10)
  })

  it('is read with a pause every 4096 bytes', () => {
    const list = Buffer.from(
      JSON.stringify({ request_id: 'r', group_infos: Array.from({ length: 3200 }, () => record) }),
    )
    const answer = new AnswerReader({ httpStatus: 200, headers: {} }, null)
    expect([...answer.take(list)]).toHaveLength(Math.ceil(list.length / 4096))
  })

  it('under an escaped name is read with a pause every 32 records', () => {
    const records = Array.from({ length: 3200 }, () => record)
    const answer = new AnswerReader({ httpStatus: 200, headers: {} }, null)
    atOnce(answer.take(Buffer.from(`{"group_in\\u0066os":${JSON.stringify(records)}}`)))
    expect([...answer.judge()]).toHaveLength(100)
  })

  it('comes to the same in pieces of any length', () => {
    const body = Buffer.from(JSON.stringify({ request_id: 'r', group_infos: [record, { ...record, group_name: 'é' }] }))
    for (let length = 1; length < body.length; length += 1) {
      const answer = new AnswerReader({ httpStatus: 200, headers: {} }, null)
      for (let at = 0; at < body.length; at += length) atOnce(answer.take(body.subarray(at, at + length)))
      const judged = atOnce(answer.judge())
      expect(judged.kind === 'success' && groupsOf(judged.answer.faceGroups).map(({ name }) => name)).toEqual([
        'One',
        'é',
      ])
    }
  })

  it('reads each of 100 000 records', () => {
    const records = Array.from({ length: 100_000 }, (_, index) => ({ ...record, group_id: `id-${index}` }))
    const body = Buffer.from(JSON.stringify({ request_id: 'r', group_infos: records }))
    expect(accepted(judge(body)).answer.faceGroups.map(({ id }) => id)).toEqual(records.map(({ group_id: id }) => id))
  })
})

describe('a failure', () => {
  it.each([
    ['no list', {}, 'group_infos: not an array'],
    ['a list that is no array', { group_infos: { 0: record } }, 'group_infos: not an array'],
    ['a bare array', [record], 'group_infos: not an array'],
    ['null', null, 'group_infos: not an array'],
    ['an error that is no text', { error: { code: 1 }, group_infos: [record] }, 'error: not a string'],
  ])('finds %s misshapen', (_, body, detail) => {
    const judged = judge(body)
    expect(judged).toMatchObject({ kind: 'failure', failure: { diagnosis: 'invalid_shape' } })
    expect(judged.drifts).toEqual([{ kind: 'invalid_shape', count: 1, detail }])
  })

  it('finds a list of nothing but bad records misshapen, and reports them as well', () => {
    const judged = judgeRecords([null, 7, {}])
    expect(judged).toMatchObject({ kind: 'failure', failure: { diagnosis: 'invalid_shape' } })
    expect(judged.drifts).toEqual([
      { kind: 'bad_record', count: 3, detail: 'record: invalid_type' },
      { kind: 'invalid_shape', count: 1, detail: 'group_infos: no readable record' },
    ])
  })

  it.each(['', '<html>', '{"group_infos":[', '{"group_infos":[]}\uFEFF', '{"group_infos":[{"a":}]}', '\u0000'])(
    'finds %p no JSON',
    (body) => {
      expect(judge(body)).toMatchObject({ failure: { diagnosis: 'unparseable' }, drifts: [] })
    },
  )

  it('lets the error string decide with HTTP 200 and a list beside it', () => {
    expect(judge({ error: 'INTERNAL_ERROR', group_infos: [record] })).toMatchObject({
      failure: { diagnosis: 'vendor_fault', vendorCode: 'INTERNAL_ERROR', httpStatus: 200 },
    })
  })

  it.each([
    ['MISSING_ARGUMENTS: sign', 400, { kind: 'bad_request', detail: 'MISSING_ARGUMENTS' }],
    ['API_NOT_FOUND', 404, { kind: 'wrong_url', detail: 'API_NOT_FOUND' }],
    ['SOMETHING_NEW', 500, { kind: 'unknown_error_code', detail: 'SOMETHING_NEW with HTTP 500' }],
    ['<b>new</b>', 403, { kind: 'unknown_error_code', detail: 'an error that is no code with HTTP 403' }],
  ])('reports the error %p with HTTP %d as drift', (error, httpStatus, drift) => {
    expect(judge({ error }, httpStatus).drifts).toEqual([{ ...drift, count: 1 }])
  })

  it.each([
    [307, { kind: 'redirect', detail: 'HTTP 307' }],
    [400, { kind: 'bad_request', detail: 'HTTP 400' }],
    [404, { kind: 'wrong_url', detail: 'HTTP 404' }],
  ])('reports a bare HTTP %d as drift', (httpStatus, drift) => {
    expect(judge('', httpStatus).drifts).toEqual([{ ...drift, count: 1 }])
  })

  it.each([
    ['INTERNAL_ERROR', 500],
    ['AUTHENTICATION_ERROR', 403],
    ['CONCURRENCY_LIMIT_EXCEEDED', 429],
  ])('finds no drift in the documented error %s', (error, httpStatus) => {
    expect(judge({ error }, httpStatus)).toMatchObject({ kind: 'failure', drifts: [] })
  })

  it.each([[199], [300]])('does not take a list for a success with HTTP %d', (httpStatus) => {
    expect(judge(vendorExample, httpStatus).kind).toBe('failure')
  })

  it.each([[null], [''], [' \n']])('takes error %p for none', (error) => {
    expect(judge({ ...vendorExample, error }).kind).toBe('success')
  })

  it('passes on the request id of a failure', () => {
    expect(judge({ error: 'INTERNAL_ERROR', request_id: 'abc' }, 500)).toMatchObject({ failure: { requestId: 'abc' } })
  })

  it('judges any bytes with any status without throwing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 100, max: 999 }), (bytes, status) => {
        expect(judge(Buffer.from(bytes), status).kind).toBe('failure')
      }),
    )
  })

  it('accounts for every record of any JSON under group_infos', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (records) => {
        const { answer } = accepted(judgeRecords([record, ...records]))
        expect(answer.faceGroups.length + answer.omitted).toBe(records.length + 1)
      }),
    )
  })
})

/** The characters of the longest text that is parsed as JSON meanwhile. */
function longestParsed(action: () => unknown): number {
  const { parse } = JSON
  let longest = 0
  JSON.parse = (text: string) => {
    longest = Math.max(longest, text.length)
    return parse(text) as unknown
  }
  try {
    action()
  } finally {
    JSON.parse = parse
  }
  return longest
}
