import { setTimeout as delay } from 'node:timers/promises'
import express from 'express'
import { listen } from '../../src/http/server.js'
import { problemViolations } from '../contract/contract.js'
import { type RunningService, startService } from '../support/service.js'
import { answersIn, exchange, openConnection, type RawAnswer } from './raw-connection.js'

let running: RunningService
let authorization: string

beforeAll(async () => {
  running = await startService()
  authorization = `Authorization: Bearer ${await running.token()}\r\n`
})
afterAll(() => running.stop())

const host = 'Host: x\r\n'
const list = 'GET /api/face-groups HTTP/1.1\r\n'
const last = 'Connection: close\r\n\r\n'

async function answersTo(text: string): Promise<RawAnswer[]> {
  return answersIn(await exchange(running.url, text))
}

/** Expects one answer: a problem that is not cached, reveals nothing about the server, and closes the connection. */
function expectRefusal(answers: readonly RawAnswer[], status: number): void {
  expect(answers.map((answer) => answer.status)).toEqual([status])
  const { headers, body } = answers[0]!
  expect(headers.get('connection')).toBe('close')
  expect(headers.get('content-type')).toBe('application/problem+json')
  expect(headers.get('cache-control')).toBe('no-store')
  expect(headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  const problem = JSON.parse(body) as Record<string, unknown>
  expect(problem).toMatchObject({ type: '/problems/invalid_request', status, code: 'invalid_request' })
  expect(problem['requestId']).toBe(headers.get('x-request-id'))
  expect(problemViolations(problem)).toEqual([])
  expect(body).not.toMatch(/HPE_|node|express|llhttp/i)
}

it('accepts a well-formed request, so that each refusal below has its own reason', async () => {
  const answers = await answersTo(list + host + authorization + last)
  expect(answers.map(({ status }) => status)).toEqual([200])
})

describe('an ambiguous request is rejected:', () => {
  const rival = `GET /api/face-groups/Finauth_test_001 HTTP/1.1\r\n${host}\r\n`
  it.each([
    ['Content-Length and Transfer-Encoding', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n'],
    ['Transfer-Encoding and Content-Length', 'Transfer-Encoding: chunked\r\nContent-Length: 5\r\n'],
    ['two lengths', 'Content-Length: 0\r\nContent-Length: 5\r\n'],
    ['two lengths in one line', 'Content-Length: 5, 6\r\n'],
    ['a negative length', 'Content-Length: -1\r\n'],
    ['a signed length', 'Content-Length: +5\r\n'],
    ['a hexadecimal length', 'Content-Length: 0x5\r\n'],
    ['a length beyond every number', 'Content-Length: 99999999999999999999\r\n'],
    ['chunked and then something else', 'Transfer-Encoding: chunked, identity\r\n'],
    ['a coding that is almost chunked', 'Transfer-Encoding: xchunked\r\n'],
    ['a space before the colon', 'Transfer-Encoding : chunked\r\n'],
    ['a folded header', 'X-Forwarded-User: alice\r\n bob\r\n'],
    ['a header without a colon', 'Transfer-Encoding\r\n'],
    ['a nameless header', ': chunked\r\n'],
    ['a bare carriage return in a header', 'X-A: a\rContent-Length: 5\r\n'],
    ['a bare line feed after a header', 'X-A: a\nContent-Length: 5\r\n'],
    ['a NUL in a header', 'X-A: a\0b\r\n'],
    ['two hosts', 'Host: y\r\n'],
    ['two equal hosts', 'Host: x\r\n'],
  ])('%s', async (_what, header) => {
    const answers = await answersTo(`${list}${host}${authorization}${header}\r\n${rival}`)
    expectRefusal(answers, 400)
  })

  it.each(['http://[', 'foo://host', 'foo://xn--zz/', 'mailto:a'])('the invalid target %s', async (target) => {
    const answers = await answersTo(`GET ${target} HTTP/1.1\r\n${host}${last}`)
    expectRefusal(answers, 400)
    expect(answers[0]?.headers.get('date')).toMatch(/ GMT$/)
  })

  it.each([
    ['empty', ''],
    ['with a space', 'a b'],
    ['with a path', 'a/b'],
    ['with a query', 'a?b'],
    ['with a user', 'user@a'],
    ['with a scheme', 'http://a'],
    ['a list', 'a, b'],
    ['with a port that is no number', 'a:http'],
    ['with two ports', 'a:80:80'],
    ['without a name', ':80'],
    ['with a % that encodes nothing', 'a%zz'],
    ['not in ASCII', 'gr\u00fc\u00dfe'],
    ['an IPv6 address without brackets', '::1'],
    ['an IPv6 address that is none', '[::1::2]'],
    ['an IPv6 address with a zone', '[fe80::1%25eth0]'],
    ['an IPv6 address whose bracket is not closed', '[::1'],
    ['an IPv4 address in brackets', '[127.0.0.1]'],
    ['with markup', '<a>'],
    ['with a quote', 'a"b'],
  ])('a host that is %s', async (_what, value) => {
    expectRefusal(await answersTo(`${list}Host: ${value}\r\n${authorization}${last}`), 400)
  })

  it('no host', async () => {
    expectRefusal(await answersTo(`${list}${authorization}\r\n`), 400)
  })

  it.each([
    ['a chunk size that is no number', 'xyz\r\n'],
    ['a chunk size with a sign', '-1\r\n'],
    ['a chunk that is longer than it says', '1\r\nab\r\n0\r\n\r\n'],
  ])('%s', async (_what, body) => {
    const [first, ...others] = await answersTo(
      `${list}${host}${authorization}Transfer-Encoding: chunked\r\n\r\n${body}`,
    )
    expect([first?.status, others.length]).toEqual([200, 0])
    expect(first?.headers.get('connection')).toBe('close')
  })
})

describe('input that is not HTTP/1.1 is rejected:', () => {
  it.each([
    ['noise', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['nothing but a line', 'hello\r\n\r\n'],
    ['an unknown method', `FROB /api/face-groups HTTP/1.1\r\n${host}\r\n`],
    ['a method in lower case', `get /api/face-groups HTTP/1.1\r\n${host}\r\n`],
    ['no version', `GET /api/face-groups\r\n${host}\r\n`],
    ['another version', `GET /api/face-groups HTTP/3.0\r\n${host}\r\n`],
    ['HTTP/2 without having asked', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a space in the target', `GET /api/face groups HTTP/1.1\r\n${host}\r\n`],
    ['a control character in the target', `GET /api/\x01 HTTP/1.1\r\n${host}\r\n`],
  ])('%s', async (_what, text) => {
    expectRefusal(await answersTo(text), 400)
  })

  it('an expectation other than 100-continue', async () => {
    expectRefusal(await answersTo(`${list}${host}Expect: 200-maybe\r\n\r\n`), 417)
  })

  it.each(['CONNECT evil.example:443 HTTP/1.1', 'CONNECT /api/face-groups HTTP/1.1'])('%s', async (line) => {
    expect(await exchange(running.url, `${line}\r\n${host}\r\n`)).not.toMatch(/^HTTP\/1\.1 2/)
  })
})

describe('an unusual but valid request is answered:', () => {
  it.each([
    'a',
    'A.example',
    'a.example.',
    'a_b',
    'a:',
    'a:8080',
    '127.0.0.1:80',
    '[::1]',
    '[2001:db8::1]:8080',
    '[::ffff:1.2.3.4]',
    '[v1.a:b]',
    'xn--gre-6ka.example',
    'a%20b',
  ])('for the host %s', async (value) => {
    const [answer] = await answersTo(`${list}Host: ${value}\r\n${authorization}${last}`)
    expect(answer?.status).toBe(200)
  })

  it('HTTP/1.0, with the connection closed', async () => {
    const [answer, ...others] = await answersTo(`GET /api/face-groups HTTP/1.0\r\n${authorization}\r\n`)
    expect([answer?.status, others.length]).toEqual([200, 0])
  })

  it('several pipelined requests, in order', async () => {
    const one = `GET /api/face-groups/Finauth_test_001 HTTP/1.1\r\n${host}${authorization}\r\n`
    const none = `GET /api/nothing HTTP/1.1\r\n${host}\r\n`
    const answers = await answersTo(`${one}${none}${one}${none.replace('\r\n\r\n', `\r\n${last}`)}`)
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 200, 404])
  })

  it('one before garbage in the same packet', async () => {
    const answers = await answersTo(`${list}${host}${authorization}\r\nnonsense\r\n\r\n`)
    expect(answers.map(({ status }) => status)).toEqual([200, 400])
  })

  it('one that waits, before garbage that arrives meanwhile', async () => {
    const app = express().get('/', async (_request, response) => {
      // The garbage has been read by then.
      await delay(50)
      response.end('waited')
    })
    const server = await listen(app, { host: '127.0.0.1', port: 0 })
    const answers = answersIn(
      await exchange(
        `http://127.0.0.1:${server.port}`,
        `GET / HTTP/1.1\r\n${host}\r\n${'nonsense\r\n\r\n'.repeat(20)}`,
      ),
    )
    expect(answers.map(({ status, body }) => [status, body])).toEqual([
      [200, 'waited'],
      [400, expect.stringContaining('invalid_request')],
    ])
    await server.drain({ graceMs: 0 })
  })

  describe('the final bytes of a sender, read together with the end of the connection:', () => {
    /** As many bytes as Node reads in one go, so that it reads on and finds the end. */
    const inOneGo = 65_536
    const request = (more: string) => `${list}${host}${authorization}${more}\r\n\r\n`

    async function statusesFor(text: string): Promise<number[]> {
      expect(text).toHaveLength(inOneGo)
      // Cached from then on, so that answers need not wait.
      await answersTo(request('Connection: close'))
      const { socket, answer } = await openConnection(running.url)
      socket.end(text)
      return answersIn(await answer).map(({ status }) => status)
    }

    it('one request with a body', async () => {
      const head = request('Content-Length: 60000')
      const filler = 'X: '.padEnd(inOneGo - 60_000 - head.length - 2, 'x')
      expect(await statusesFor(head.replace(host, `${host}${filler}\r\n`) + '.'.repeat(60_000))).toEqual([200])
    })

    it('several requests', async () => {
      const lengths = [13_107, 13_107, 13_107, 13_107, 13_108]
      const requests = lengths.map((length) => request('X: '.padEnd(length - request('').length, 'x')))
      expect(await statusesFor(requests.join(''))).toEqual([200, 200, 200, 200, 200])
    })
  })

  it('an absolute URL as target, whatever host it names', async () => {
    const [answer] = await answersTo(
      `GET http://evil.example/api/face-groups HTTP/1.1\r\n${host}${authorization}${last}`,
    )
    expect(answer?.status).toBe(200)
    expect(answer?.body).not.toContain('evil.example')
  })

  it('100-continue, without requesting the body', async () => {
    const answers = await answersTo(`${list}${host}${authorization}Expect: 100-continue\r\nContent-Length: 9\r\n\r\n`)
    expect(answers.map(({ status }) => status)).toEqual([200])
  })

  it('with a body that is not parsed as a request', async () => {
    const body = `GET /api/face-groups/Finauth_test_001 HTTP/1.1\r\n${host}\r\n`
    const length = `Content-Length: ${body.length}\r\n`
    const [first, second, ...others] = await answersTo(
      `${list}${host}${authorization}${length}\r\n${body}${list}${host}${last}`,
    )
    expect([first?.status, second?.status, others.length]).toEqual([200, 401, 0])
  })
})

describe('a request may have', () => {
  /** All but `spare` bytes of the 16 KiB for the request line and the headers. */
  const filler = (bytes: number) => `X-Filler: ${'x'.repeat(bytes)}\r\n`
  const headersOf = (count: number) => Array.from({ length: count }, (_, n) => `X-${n}: 1\r\n`).join('')

  it('15 KiB of headers but not 17', async () => {
    expect((await answersTo(list + host + authorization + filler(15_000) + last))[0]?.status).toBe(200)
    expectRefusal(await answersTo(list + host + authorization + filler(17_000) + last), 431)
  })

  it('15 KiB of target but not 17', async () => {
    const asking = (length: number) =>
      `GET /api/face-groups?q=${'x'.repeat(length)} HTTP/1.1\r\n${host}${authorization}${last}`
    expect((await answersTo(asking(15_000)))[0]?.status).toBe(400)
    expectRefusal(await answersTo(asking(17_000)), 431)
  })

  it('a hundred headers but not one more, so that none is missed', async () => {
    expect((await answersTo(list + host + authorization + headersOf(97) + last))[0]?.status).toBe(200)
    expectRefusal(await answersTo(list + host + authorization + headersOf(98) + last), 431)
    expectRefusal(await answersTo(list + host + authorization + headersOf(1500) + last), 431)
  })

  it('a megabyte of headers is rejected, and the answer still arrives', async () => {
    expectRefusal(await answersTo(list + host + filler(1_000_000) + last), 431)
  })

  it('64 KiB of body; a longer one is not read to its end', async () => {
    const [answer, ...others] = await answersTo(`${list}${host}${authorization}Content-Length: 1000000000\r\n\r\n`)
    expect([answer?.status, answer?.headers.get('connection'), others.length]).toEqual([200, 'close', 0])
  })
})

it('a rejected request is logged and counted like any other, without any of its content', async () => {
  await answersTo(`FROB /api/secret-path HTTP/1.1\r\n${host}\r\n`)
  const line = running.logs().findLast(({ route }) => route === '(none)')
  expect(line).toMatchObject({
    level: 'info',
    msg: 'request',
    method: '(none)',
    status: 400,
    problem: 'invalid_request',
  })
  expect(JSON.stringify(running.logs())).not.toContain('secret-path')
  const metrics = await (await fetch(`${running.adminUrl}/metrics`)).text()
  expect(metrics).toMatch(/http_request_duration_seconds_count\{method="\(none\)",route="\(none\)",status="400"\} \d+/)
})
