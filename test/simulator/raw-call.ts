import { once } from 'node:events'
import { connect } from 'node:net'
import { goodFields, LIST_PATH, makeSign } from './signed-call.js'

/** The raw answer, before any HTTP client parsed it. */
export interface RawAnswer {
  /** Everything received, as Latin-1 text. */
  readonly received: string
  readonly head: string
  readonly body: string
  /** How the connection ended: normally, with an error code, or by our own timeout. */
  readonly end: 'fin' | 'gave_up' | (string & {})
  /** Number of separate pieces that arrived. */
  readonly pieces: number
}

/**
 * A signed call on a bare socket, read to its end or for `timeoutMs`. `saw` is called with everything received so far.
 */
export async function rawCall(
  port: number,
  { timeoutMs = 10_000, saw = () => {} }: { timeoutMs?: number; saw?: (received: string) => void } = {},
): Promise<RawAnswer> {
  const socket = connect(port, '127.0.0.1')
  let received = ''
  let pieces = 0
  let end: RawAnswer['end'] = 'fin'
  socket.on('data', (piece: Buffer) => {
    received += piece.toString('latin1')
    pieces += 1
    saw(received)
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    end = error.code ?? 'error'
  })
  const timeout = setTimeout(() => {
    end = 'gave_up'
    socket.destroy()
  }, timeoutMs)
  socket.write(rawRequest())
  await once(socket, 'close').catch(() => once(socket, 'close'))
  clearTimeout(timeout)
  const headEnd = received.indexOf('\r\n\r\n')
  return { received, head: received.slice(0, headEnd), body: received.slice(headEnd + 4), end, pieces }
}

function rawRequest(): string {
  const boundary = 'raw-call-boundary'
  const parts = goodFields(makeSign()).map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  )
  const body = `${parts.join('')}--${boundary}--\r\n`
  return [
    `POST ${LIST_PATH} HTTP/1.1`,
    'Host: finauth',
    `Content-Type: multipart/form-data; boundary=${boundary}`,
    `Content-Length: ${body.length}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n')
}
