import { connect, type Socket } from 'node:net'
import { leakDetector } from '../support/leak-detector.js'

/** A connection that sends arbitrary bytes, like an attacker's. */
export interface RawConnection {
  readonly socket: Socket
  readonly send: (text: string) => void
  /** Everything received until the server closed its side. */
  readonly answer: Promise<string>
  /** Resolves when the connection is closed on both sides. */
  readonly closed: Promise<void>
  /** Everything received so far. */
  readonly received: () => string
}

/** With `stubborn` it does not close its side when the server has closed its own. */
export async function openConnection(url: string, { stubborn = false } = {}): Promise<RawConnection> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: stubborn })
  const chunks: Buffer[] = []
  const received = () => Buffer.concat(chunks).toString('latin1')
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  // A server that destroys a connection resets it; what arrived before counts.
  socket.on('error', () => {})
  const answer = new Promise<string>((resolve) => {
    socket.once(stubborn ? 'end' : 'close', () => {
      leakDetector.record('an answer to raw bytes', received())
      resolve(received())
    })
  })
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  return { socket, send: (text) => void socket.write(text, 'latin1'), answer, closed, received }
}

/** Sends `text` in one packet and resolves with everything received until the server closed. */
export async function exchange(url: string, text: string): Promise<string> {
  const connection = await openConnection(url)
  connection.send(text)
  return connection.answer
}

export interface RawAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

/** The received answers, each with a `Content-Length`. Throws for anything else. */
export function answersIn(text: string): RawAnswer[] {
  const answers: RawAnswer[] = []
  for (let rest = text; rest !== ''; ) {
    const match = /^HTTP\/1\.1 (\d{3}) .*?\r\n(.*?)\r\n\r\n/s.exec(rest)
    if (match === null) throw new Error(`this is no answer: ${rest.slice(0, 200)}`)
    const [head, status, lines = ''] = match
    const headers = new Headers(
      lines.split('\r\n').map((line): [string, string] => {
        const colon = line.indexOf(':')
        return [line.slice(0, colon), line.slice(colon + 1)]
      }),
    )
    const end = head.length + Number(headers.get('content-length') ?? 0)
    answers.push({ status: Number(status), headers, body: rest.slice(head.length, end) })
    rest = rest.slice(end)
  }
  return answers
}
