import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { headerLines, type Message, sendMessage } from '../../src/http/send-message.js'

const servers: Server[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))))
})

/** Every byte that a server with this listener sends back, but for the time of day. */
async function bytesFrom(listener: RequestListener, sent: string): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.write(sent)
  await closed
  return Buffer.concat(chunks)
    .toString('latin1')
    .replaceAll(/^Date: .*GMT\r$/gm, 'Date: now\r')
}

const fields = ['Content-Type', 'application/json', 'Vary', 'accept', 'Vary', 'origin']
const ours =
  ({ status, body }: Omit<Message, 'lines'>) =>
  (_request: unknown, response: ServerResponse) =>
    sendMessage(response, { status, lines: headerLines(fields), body })
const nodes =
  ({ status, body }: Omit<Message, 'lines'>) =>
  (_request: unknown, response: ServerResponse) => {
    const length = body === undefined ? [] : ['Content-Length', String(Buffer.byteLength(body))]
    response.writeHead(status, [...fields, ...length]).end(body)
  }

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, at) => at))
const messages: [string, Omit<Message, 'lines'>][] = [
  ['a short body', { status: 200, body: Buffer.from('{"groups":[]}') }],
  ['a body of every byte there is', { status: 200, body: everyByte }],
  ['a long body', { status: 200, body: Buffer.alloc(300_000, everyByte) }],
  ['an empty body', { status: 200, body: Buffer.alloc(0) }],
  ['a text beyond ASCII', { status: 404, body: '{"title":"où ça, 顔?"}' }],
  ['no body', { status: 304, body: undefined }],
  ['no content', { status: 204, body: undefined }],
]
const get = 'GET / HTTP/1.1\r\nHost: a\r\n'
const close = 'Connection: close\r\n'
const requests: [string, string][] = [
  ['one request', `${get}${close}\r\n`],
  ['one for the head alone', `HEAD / HTTP/1.1\r\nHost: a\r\n${close}\r\n`],
  ['three at once', `${get}\r\n${get}\r\n${get}${close}\r\n`],
  ['one of HTTP/1.0', 'GET / HTTP/1.0\r\n\r\n'],
]

describe.each(messages)('%s', (_message, message) => {
  it.each(requests)('to %s is sent byte for byte as Node would send it', async (_request, sent) => {
    const expected = await bytesFrom(nodes(message), sent)
    expect(expected).toContain(`HTTP/1.1 ${message.status} `)
    expect(await bytesFrom(ours(message), sent)).toBe(expected)
  })
})

const done: Message = { status: 200, lines: headerLines(fields), body: 'done' }

it('answers of different connections leave together: at the end of their turn, or once there are sixteen', async () => {
  const responses: ServerResponse[] = []
  const sent = () => responses.filter(({ headersSent }) => headersSent).length
  const sentAfter: number[] = []
  const server = createServer((_request, response) => {
    responses.push(response)
    if (responses.length < 20) return
    for (const each of responses) {
      sendMessage(each, done)
      sentAfter.push(sent())
    }
    setImmediate(() => sentAfter.push(sent()))
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(url, { headers: { connection: 'close' } })))
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
  expect(sentAfter).toEqual([...Array<number>(15).fill(0), ...Array<number>(5).fill(16), 20])
})

it('a second answer to the same request is refused, before and after the first has left', async () => {
  const refused: unknown[] = []
  const again = (response: ServerResponse) => {
    try {
      sendMessage(response, done)
    } catch (error) {
      refused.push(error)
    }
  }
  const received = await bytesFrom((_request, response) => {
    sendMessage(response, done)
    again(response)
    response.on('finish', () => again(response))
  }, `${get}${close}\r\n`)
  expect(received.match(/200 OK/g)).toHaveLength(1)
  expect(refused).toEqual([new Error('this request has its answer'), new Error('this request has its answer')])
})

it.each([
  ['a value that would begin another line', ['X-Upstream-Request-Id', 'a\r\nSet-Cookie: b']],
  ['a value beyond Latin-1', ['X-Upstream-Request-Id', '顔']],
  ['a name that is none', ['X Upstream', 'a']],
])('%s is refused', (_what, field) => {
  expect(() => headerLines(field)).toThrow(
    /^(Invalid character in header content|Header name must be a valid HTTP token)/,
  )
})

it('an answer that throws while it is written ends its own connection, and no other', async () => {
  const waiting: ServerResponse[] = []
  const server = createServer((_request, response) => {
    waiting.push(response)
    if (waiting.length < 3) return
    // Whichever of the three came second cannot be written.
    for (const [at, each] of waiting.entries())
      sendMessage(each, { status: at === 1 ? 99 : 200, lines: '', body: 'ok' })
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const texts = await Promise.all(
    [1, 2, 3].map(async () => {
      let text = ''
      const socket = connect(port, '127.0.0.1').on('error', () => {})
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
      socket.write(`${get}${close}\r\n`)
      await new Promise((resolve) => socket.once('close', resolve))
      return text
    }),
  )
  expect(texts.toSorted().map((text) => text.split('\r\n')[0])).toEqual(['', 'HTTP/1.1 200 OK', 'HTTP/1.1 200 OK'])
})
