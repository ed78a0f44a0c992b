import { gzipSync } from 'node:zlib'
import { json, type Reply, text } from '../support/upstream.js'
import { closeAll, connect, example, failureOf, vendorExample } from './finauth-fixtures.js'

afterEach(closeAll)

const authorization = (reason: string) => json(403, { error: `AUTHORIZATION_ERROR: ${reason}` })
const html = '<html><body>Bad Gateway</body></html>'
const rejected = { code: 'upstream_rejected', retryable: false }
const invalid = { code: 'upstream_invalid_response', retryable: false }

describe('a permanent failure costs one call', () => {
  it.each<[string, Reply, object]>([
    ['MISSING_ARGUMENTS', json(400, { error: 'MISSING_ARGUMENTS: sign' }), { ...rejected, httpStatus: 400 }],
    ['BAD_ARGUMENTS', json(400, { error: 'BAD_ARGUMENTS:sign_version' }), rejected],
    ['AUTHENTICATION_ERROR', json(403, { error: 'AUTHENTICATION_ERROR' }), rejected],
    ['INVALID_SIGN', authorization('INVALID_SIGN'), { ...rejected, vendorCode: 'INVALID_SIGN' }],
    ['API_KEY_BE_DISCONTINUED', authorization('API_KEY_BE_DISCONTINUED'), rejected],
    ['IP_NOT_ALLOWED', authorization('IP_NOT_ALLOWED'), { ...rejected, vendorCode: 'IP_NOT_ALLOWED' }],
    ['LIMIT_REACHED', authorization('LIMIT_REACHED'), rejected],
    ['MORE_RETRY_TIMES', authorization('MORE_RETRY_TIMES'), rejected],
    ['Denied by Client', authorization('Denied by Client'), { ...rejected, vendorCode: 'DENIED_BY_CLIENT' }],
    ['an account code with HTTP 200', json(200, { error: 'Insufficient Account Balance' }), rejected],
    ['an unknown reason', authorization('MOON_PHASE'), { ...rejected, vendorCode: 'MOON_PHASE' }],
    ['API_NOT_FOUND', json(404, { error: 'API_NOT_FOUND' }), { ...rejected, httpStatus: 404 }],
    ['a plain-text 413', text(413, 'Request Entity Too Large'), { ...rejected, httpStatus: 413 }],
    ['an HTML 403', text(403, html), rejected],
    ['an unknown error with HTTP 200', json(200, { error: 'NEW' }), { ...invalid, retryable: true }],
    ['a truncated redirect', cutOff(300), { ...invalid, httpStatus: 300 }],
    ['a redirect', text(307, '', { location: '/elsewhere' }), { ...invalid, httpStatus: 307 }],
    ['a wrong shape', json(200, { groups: [] }), invalid],
    ['a list of bad records', json(200, { group_infos: [{}] }), invalid],
  ])('%s', async (_, reply, expected) => {
    const { client, upstream } = await connect([reply, example])
    expect(await failureOf(client.listGroups())).toMatchObject(expected)
    expect(upstream.calls).toHaveLength(1)
  })
})

describe('a transient failure is retried up to the number of attempts', () => {
  const overloaded = { code: 'upstream_overloaded', retryable: true }
  const unavailable = { code: 'upstream_unavailable', retryable: true }
  const unusable = { code: 'upstream_invalid_response', retryable: true }
  it.each<[string, Reply, object]>([
    ['CONCURRENCY_LIMIT_EXCEEDED, 403', json(403, { error: 'CONCURRENCY_LIMIT_EXCEEDED' }), overloaded],
    ['CONCURRENCY_LIMIT_EXCEEDED, 429', json(429, { error: 'CONCURRENCY_LIMIT_EXCEEDED' }), overloaded],
    ['a bare 429', text(429, ''), overloaded],
    [
      'INTERNAL_ERROR',
      json(500, { error: 'INTERNAL_ERROR' }),
      { ...unavailable, vendorCode: 'INTERNAL_ERROR', message: 'FinAuth failed (INTERNAL_ERROR, HTTP 500)' },
    ],
    ['an HTML 502', text(502, html), { ...unavailable, httpStatus: 502 }],
    ['a cut-off 502', cutOff(502), { ...unavailable, httpStatus: 502 }],
    ['HTML with HTTP 200', text(200, html), unusable],
    ['an empty 200', text(200, ''), unusable],
    ['half a JSON text', text(200, '{"group_infos":['), unusable],
    ['a body cut off', cutOff(200), { ...unusable, message: 'the answer of FinAuth was cut off (HTTP 200)' }],
    ['a chunked body cut off', (response) => void response.write('{', () => response.destroy()), unusable],
    ['a body that is not gzip', text(200, 'x', { 'content-encoding': 'gzip' }), unusable],
    ['half a gzip', text(200, gzipExample().subarray(0, 60), { 'content-encoding': 'gzip' }), unusable],
    ['a reset before the answer', (response) => void response.socket?.resetAndDestroy(), unavailable],
    ['something that is not HTTP', (response) => void response.socket?.end('SMTP\r\n\r\n'), unusable],
  ])('%s', async (_, reply, expected) => {
    const fixed = await connect([reply, reply, example])
    expect((await fixed.client.listGroups()).faceGroups).toHaveLength(3)
    const { client, upstream } = await connect([reply])
    expect(await failureOf(client.listGroups())).toMatchObject(expected)
    expect(upstream.calls).toHaveLength(3)
  })

  it('a port nobody listens on', async () => {
    const gone = await connect([example])
    await gone.upstream.close()
    const { client, events } = await connect([example], { baseUrl: gone.upstream.url })
    const failure = await failureOf(client.listGroups())
    expect(failure).toMatchObject(unavailable)
    expect(failure.message).toBe('FinAuth cannot be reached (ECONNREFUSED)')
    expect(events.heard.filter(([name]) => name === 'attemptEnded')).toHaveLength(3)
  })

  it('a single attempt if no more are allowed', async () => {
    const { client, upstream } = await connect([text(500, '')], { maxAttempts: 1 })
    expect(await failureOf(client.listGroups())).toMatchObject(unavailable)
    expect(upstream.calls).toHaveLength(1)
  })
})

describe('compressed answers', () => {
  it('are decompressed', async () => {
    const { client } = await connect([text(200, gzipExample(), { 'content-encoding': 'gzip' })])
    expect((await client.listGroups()).faceGroups).toHaveLength(3)
  })

  it('are not decompressed beyond the limit', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000, ' '))
    const { client, upstream } = await connect([text(200, bomb, { 'content-encoding': 'gzip' })], {
      maxResponseBytes: 1_000_000,
    })
    const failure = await failureOf(client.listGroups())
    expect(failure).toMatchObject(invalid)
    expect(failure.message).toBe('the answer of FinAuth is too large')
    expect(upstream.calls).toHaveLength(1)
  })
})

describe('a long body', () => {
  const many = Array.from({ length: 2000 }, (_, at) => ({ group_name: `library ${at}`, add_time: 1_769_494_741 }))
  const plain = Buffer.from(JSON.stringify({ ...vendorExample, group_infos: many }))
  const gzipped = gzipSync(plain)

  it.each([
    ['with its length', plain, { 'content-length': String(plain.length) }],
    ['in chunks', plain, { 'transfer-encoding': 'chunked' }],
    ['compressed, with its compressed length', gzipped, lengthOf(gzipped)],
    ['compressed in chunks', gzipped, { 'content-encoding': 'gzip', 'transfer-encoding': 'chunked' }],
  ])('is read completely in pieces: %s', async (_how, body, headers) => {
    const inPieces: Reply = (response) => {
      response.writeHead(200, headers)
      for (let at = 0; at < body.length; at += 5000) response.write(body.subarray(at, at + 5000))
      response.end()
    }
    const { client } = await connect([inPieces])
    const { faceGroups } = await client.listGroups()
    expect(faceGroups.length).toBe(many.length)
    expect(faceGroups.at(many.length - 1)).toMatchObject({ id: null, name: 'library 1999' })
  })

  function lengthOf(compressed: Buffer) {
    return { 'content-encoding': 'gzip', 'content-length': String(compressed.length) }
  }
})

describe('the size limit', () => {
  const body = JSON.stringify(vendorExample)

  it('accepts a body of exactly that size', async () => {
    const { client } = await connect([text(200, body)], { maxResponseBytes: Buffer.byteLength(body) })
    expect((await client.listGroups()).faceGroups).toHaveLength(3)
  })

  it('rejects one byte more immediately', async () => {
    const { client, upstream } = await connect([text(200, body)], { maxResponseBytes: Buffer.byteLength(body) - 1 })
    expect(await failureOf(client.listGroups())).toMatchObject(invalid)
    expect(upstream.calls).toHaveLength(1)
  })
})

it('a redirect does not forward the form', async () => {
  const elsewhere = await connect([example])
  const { client } = await connect([text(307, '', { location: elsewhere.upstream.url })])
  await failureOf(client.listGroups())
  expect(elsewhere.upstream.calls).toHaveLength(0)
})

it('an unknown code is reported as drift', async () => {
  const { client, events } = await connect([json(418, { error: 'TEAPOT: free text' })])
  expect(await failureOf(client.listGroups())).toMatchObject({ code: 'upstream_rejected', vendorCode: 'TEAPOT' })
  expect(events.heard).toContainEqual([
    'contractDrift',
    { endpoint: 'group_list', kind: 'unknown_error_code', count: 1, detail: 'TEAPOT with HTTP 418' },
  ])
})

function gzipExample(): Buffer {
  return gzipSync(JSON.stringify(vendorExample))
}

function cutOff(status: number): Reply {
  return (response) => {
    response.writeHead(status, { 'content-length': '1000' })
    response.write('{"group_infos":[]}', () => response.destroy())
  }
}
