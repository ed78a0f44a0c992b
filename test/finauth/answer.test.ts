import * as fc from 'fast-check'
import { parseAnswer } from '../../src/finauth/answer.js'
import { parseGroups } from '../../src/finauth/list-groups.js'
import { vendorExample } from './finauth-fixtures.js'
import { exampleGroups } from '../face-groups/fixtures.js'

const record = {
  group_id: 'one',
  group_name: 'One',
  group_data: 'data',
  model_version: 's21',
  add_time: '2026-01-27T14:19:01+08:00',
}

function parse(body: unknown, httpStatus = 200, headers: { retryAfter?: string; date?: string } = {}) {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  return parseAnswer({ httpStatus, ...headers, body: bytes }, parseGroups)
}

function parseRecords(records: unknown) {
  return parse({ request_id: 'r', group_infos: records })
}

function accepted(answer: Awaited<ReturnType<typeof parse>>) {
  if (answer.kind === 'failure') throw new TypeError(`expected a success, got ${answer.failure.diagnosis}`)
  return answer
}

describe('a successful answer', () => {
  it('returns the documented example by value', async () => {
    expect(await parse(vendorExample)).toEqual({
      kind: 'success',
      drifts: [],
      requestId: '1772532811,965b2850-1bbb-4d87-a59a-c6cfd0cfa230',
      value: { omitted: 0, faceGroups: exampleGroups },
    })
  })

  it('accepts an empty list', async () => {
    expect(accepted(await parseRecords([])).value.faceGroups).toEqual([])
  })

  it('has no id if the vendor has none', async () => {
    const { group_id: _, ...without } = record
    const answer = await parseRecords([{ ...record, group_id: '' }, { ...record, group_id: null }, without])
    expect(accepted(answer).value.faceGroups.map(({ id }) => id)).toEqual([null, null, null])
  })

  it('has an empty description if the vendor has none', async () => {
    const { group_data: _, ...without } = record
    const answer = await parseRecords([{ ...record, group_data: null }, without])
    expect(accepted(answer).value.faceGroups.map(({ description }) => description)).toEqual(['', ''])
  })

  it('has an empty model version if the vendor has none', async () => {
    const { model_version: _, ...without } = record
    const answer = await parseRecords([{ ...record, model_version: null }, without])
    expect(accepted(answer).value.faceGroups.map(({ modelVersion }) => modelVersion)).toEqual(['', ''])
  })

  it('drops unknown fields', async () => {
    const answer = await parseRecords([{ ...record, api_secret: 'x', ['__proto__']: { polluted: 1 } }])
    expect(Object.keys(accepted(answer).value.faceGroups[0] ?? {})).toEqual([
      'id',
      'name',
      'description',
      'modelVersion',
      'createdAt',
    ])
  })

  it('omits invalid records, counts them and reports the first', async () => {
    const answer = accepted(await parseRecords([null, record, { ...record, group_name: 7 }, 'x']))
    expect(answer.value).toMatchObject({ omitted: 3, faceGroups: [{ id: 'one' }] })
    expect(answer.drifts).toEqual([{ kind: 'bad_record', count: 3, detail: 'record: invalid_type' }])
  })

  it('keeps a record with an unreadable time and reports it', async () => {
    const answer = accepted(await parseRecords([{ ...record, add_time: 'yesterday' }]))
    expect(answer.value.faceGroups[0]?.createdAt).toBeNull()
    expect(answer.drifts).toEqual([{ kind: 'unreadable_time', count: 1, detail: 'add_time: string' }])
  })

  it('parses epoch milliseconds as a number and as a string', async () => {
    const answer = await parseRecords([
      { ...record, add_time: 1769494741000 },
      { ...record, add_time: '1769494741000' },
    ])
    const times = accepted(answer).value.faceGroups.map(({ createdAt }) => createdAt)
    expect(times).toEqual(['2026-01-27T06:19:01Z', '2026-01-27T06:19:01Z'])
  })

  it('replaces a lone surrogate in a name by U+FFFD and omits a record with one in its id', async () => {
    const text = `{"request_id":"r","group_infos":[${JSON.stringify(record).replace('One', 'O\\ud800')},
      ${JSON.stringify(record).replace('"one"', '"o\\ud800"')}]}`
    const answer = accepted(await parse(text))
    expect(answer.value).toMatchObject({ omitted: 1, faceGroups: [{ name: 'O\uFFFD' }] })
  })

  it('replaces bytes that are not UTF-8 by U+FFFD, reports them, and omits a record with a damaged id', async () => {
    const text = JSON.stringify({ request_id: 'r', group_infos: [record, { ...record, group_id: 'tw@' }] })
    const bytes = Buffer.from(text.replace('"One"', '"On@"').replaceAll('@', '\u00ff'), 'latin1')
    const answer = accepted(await parse(bytes))
    expect(answer.value).toMatchObject({ omitted: 1, faceGroups: [{ id: 'one', name: 'On\uFFFD' }] })
    expect(answer.drifts).toEqual([
      { kind: 'bad_record', count: 1, detail: 'group_id: broken text' },
      { kind: 'invalid_text', count: 1, detail: 'body: not UTF-8' },
    ])
  })

  it('keeps U+FFFD in an id that contains it', async () => {
    const answer = await parseRecords([{ ...record, group_id: '\uFFFD' }])
    expect(accepted(answer).value.faceGroups[0]?.id).toBe('\uFFFD')
  })

  it('keeps U+FFFD in an id that contains it beside a damaged record', async () => {
    const records = [
      { ...record, group_id: '\uFFFD' },
      { ...record, group_name: 'On@' },
      { ...record, group_id: 'tw@' },
    ]
    const [before = '', between = '', after = ''] = JSON.stringify({ request_id: 'r', group_infos: records }).split('@')
    const replaced = Buffer.from([0xff])
    const answer = accepted(
      await parse(Buffer.concat([Buffer.from(before), replaced, Buffer.from(between), replaced, Buffer.from(after)])),
    )
    expect(answer.value).toMatchObject({ omitted: 1, faceGroups: [{ id: '\uFFFD' }, { name: 'On\uFFFD' }] })
  })

  it('ignores a byte order mark', async () => {
    expect((await parse(`\uFEFF${JSON.stringify(vendorExample)}`)).kind).toBe('success')
  })

  it.each([[undefined], [''], ['x'.repeat(65)], ['a\r\nset-cookie: b'], [7]])(
    'has no request id for %p',
    async (id) => {
      const answer = accepted(await parse({ request_id: id, group_infos: [record] }))
      expect(answer.requestId).toBeNull()
      expect(answer.drifts).toEqual([{ kind: 'bad_request_id', count: 1, detail: 'request_id: absent or unreadable' }])
    },
  )

  it('reports the invalid field of a record', async () => {
    const answer = accepted(await parseRecords([record, { ...record, group_name: 7 }]))
    expect(answer.drifts).toEqual([{ kind: 'bad_record', count: 1, detail: 'group_name: invalid_type' }])
  })

  it.each([
    ['under an escaped name', '"group_in\\u0066os":[RECORD]'],
    ['that is duplicated, using the last one', '"group_infos":[],"group_infos":[RECORD]'],
  ])('parses a list %s', async (_, member) => {
    const answer = await parse(`{"request_id":"r",${member.replace('RECORD', JSON.stringify(record))}}`)
    expect(accepted(answer).value.faceGroups.map(({ id }) => id)).toEqual(['one'])
  })

  it.each([[200], [299]])('may come with HTTP %d', async (httpStatus) => {
    expect((await parse(vendorExample, httpStatus)).kind).toBe('success')
  })

  it('resolves with a frozen list', async () => {
    expect(Object.isFrozen(accepted(await parseRecords([record])).value.faceGroups)).toBe(true)
  })

  it.each([
    [0, 0],
    [1, 1],
    [1000, 1],
    [1001, 2],
    [3000, 3],
  ])('of %d records yields to the event loop %d times', async (length, turns) => {
    let passed = 0
    let isOver = false
    const count = () => {
      if (isOver) return
      passed += 1
      setImmediate(count)
    }
    setImmediate(count)
    await parseRecords(Array.from({ length }, () => record))
    isOver = true
    expect(passed).toBe(turns)
  })

  it('parses each of 100 000 records', async () => {
    const records = Array.from({ length: 100_000 }, (_, index) => ({ ...record, group_id: `id-${index}` }))
    const body = Buffer.from(JSON.stringify({ request_id: 'r', group_infos: records }))
    expect(accepted(await parse(body)).value.faceGroups.map(({ id }) => id)).toEqual(
      records.map(({ group_id: id }) => id),
    )
  }, 60_000)
})

describe('a failed answer', () => {
  it.each([
    ['no list', {}, 'group_infos: not an array'],
    ['a list that is not an array', { group_infos: { 0: record } }, 'group_infos: not an array'],
    ['a bare array', [record], 'group_infos: not an array'],
    ['null', null, 'group_infos: not an array'],
    ['a number', 7, 'group_infos: not an array'],
    ['text', '"group_infos"', 'group_infos: not an array'],
    ['an error that is not text', { error: { code: 1 }, group_infos: [record] }, 'error: not a string'],
  ])('reports an invalid shape for %s', async (_, body, detail) => {
    const answer = await parse(body)
    expect(answer).toMatchObject({ kind: 'failure', failure: { diagnosis: 'invalid_shape' } })
    expect(answer.drifts).toEqual([{ kind: 'invalid_shape', count: 1, detail }])
  })

  it('reports an invalid shape for a list of only invalid records, and the records as well', async () => {
    const answer = await parseRecords([null, 7, {}])
    expect(answer).toMatchObject({ kind: 'failure', failure: { diagnosis: 'invalid_shape' } })
    expect(answer.drifts).toEqual([
      { kind: 'bad_record', count: 3, detail: 'record: invalid_type' },
      { kind: 'invalid_shape', count: 1, detail: 'group_infos: no readable record' },
    ])
  })

  it.each(['', '<html>', '{"group_infos":[', '{"group_infos":[]}\uFEFF', '{"group_infos":[{"a":}]}', '\u0000'])(
    'reports that %p is not JSON',
    async (body) => {
      expect(await parse(body)).toMatchObject({ failure: { diagnosis: 'unparseable' }, drifts: [] })
    },
  )

  it('is cut off if its body is, with a status of success', async () => {
    expect(await parseAnswer({ httpStatus: 200, body: null }, parseGroups)).toMatchObject({
      failure: { diagnosis: 'cut_off', httpStatus: 200 },
    })
  })

  it('is decided by the error string even with HTTP 200 and a list', async () => {
    expect(await parse({ error: 'INTERNAL_ERROR', group_infos: [record] })).toMatchObject({
      failure: { diagnosis: 'vendor_fault', vendorCode: 'INTERNAL_ERROR', httpStatus: 200 },
    })
  })

  it.each([
    ['MISSING_ARGUMENTS: sign', 400, { kind: 'bad_request', detail: 'MISSING_ARGUMENTS' }],
    ['API_NOT_FOUND', 404, { kind: 'wrong_url', detail: 'API_NOT_FOUND' }],
    ['SOMETHING_NEW', 404, { kind: 'unknown_error_code', detail: 'SOMETHING_NEW with HTTP 404' }],
    ['SOMETHING_NEW', 500, { kind: 'unknown_error_code', detail: 'SOMETHING_NEW with HTTP 500' }],
    ['<b>new</b>', 403, { kind: 'unknown_error_code', detail: 'an error that is not a code with HTTP 403' }],
  ])('reports the error %p with HTTP %d as drift', async (error, httpStatus, drift) => {
    expect((await parse({ error }, httpStatus)).drifts).toEqual([{ ...drift, count: 1 }])
  })

  it.each([
    [307, { kind: 'redirect', detail: 'HTTP 307' }],
    [400, { kind: 'bad_request', detail: 'HTTP 400' }],
    [404, { kind: 'wrong_url', detail: 'HTTP 404' }],
  ])('reports a bare HTTP %d as drift', async (httpStatus, drift) => {
    expect((await parse('', httpStatus)).drifts).toEqual([{ ...drift, count: 1 }])
  })

  it.each([
    ['INTERNAL_ERROR', 500],
    ['AUTHENTICATION_ERROR', 403],
    ['CONCURRENCY_LIMIT_EXCEEDED', 429],
  ])('reports no drift for the documented error %s', async (error, httpStatus) => {
    expect(await parse({ error }, httpStatus)).toMatchObject({ kind: 'failure', drifts: [] })
  })

  it.each([[199], [300]])('is not a success with HTTP %d, even with a list', async (httpStatus) => {
    expect((await parse(vendorExample, httpStatus)).kind).toBe('failure')
  })

  it.each([[null], [''], [' \n']])('is a success with the empty error %p', async (error) => {
    expect((await parse({ ...vendorExample, error })).kind).toBe('success')
  })

  it('contains the request id', async () => {
    expect(await parse({ error: 'INTERNAL_ERROR', request_id: 'abc' }, 500)).toMatchObject({
      failure: { requestId: 'abc' },
    })
  })

  it('results from any bytes with any status, without an exception', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 100, max: 999 }), async (bytes, status) => {
        expect((await parse(Buffer.from(bytes), status)).kind).toBe('failure')
      }),
    )
  })

  it('accounts for every record of any JSON under group_infos', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue()), async (records) => {
        const { value } = accepted(await parseRecords([record, ...records]))
        expect(value.faceGroups.length + value.omitted).toBe(records.length + 1)
      }),
    )
  }, 60_000)
})

describe('Retry-After', () => {
  const date = 'Sun, 06 Nov 1994 08:49:37 GMT'
  const day = 86_400_000
  const retryAfterMs = async (headers: { retryAfter?: string; date?: string }) => {
    const answer = await parse('', 503, headers)
    return answer.kind === 'failure' ? answer.failure.retryAfterMs : Number.NaN
  }

  it.each([
    ['0', 0],
    ['7', 7000],
    ['86400', day],
    ['86401', day],
    ['999999999999999', day],
    ['Sun, 06 Nov 1994 08:50:37 GMT', 60_000],
    ['Sun, 06 Nov 1994 08:48:37 GMT', 0],
    ['Sun, 06 Nov 1999 08:49:37 GMT', day],
  ])('parses %p as %d ms', async (retryAfter, expected) => {
    expect(await retryAfterMs({ retryAfter, date })).toBe(expected)
  })

  it.each(['', 'soon', '-1', '1.5', '7 s', 'in 7', '9999999999999999', '1994-11-06T08:50:37Z'])(
    'is ignored if it is %p',
    async (retryAfter) => {
      expect(await retryAfterMs({ retryAfter, date })).toBeUndefined()
    },
  )

  it('is undefined without the header, and for a date without another to compare with', async () => {
    expect(await retryAfterMs({ date })).toBeUndefined()
    expect(await retryAfterMs({ retryAfter: date })).toBeUndefined()
    expect(await retryAfterMs({ retryAfter: date, date: 'now' })).toBeUndefined()
    expect(await retryAfterMs({ retryAfter: '7' })).toBe(7000)
  })
})
