import { ServerResponse, validateHeaderName, validateHeaderValue } from 'node:http'
import { inOnePiece } from '../one-piece.js'
import type { FlatHeaders } from './security-headers.js'

/** Header fields as they go over the wire, each line ended by CRLF. Throws for one that would not stay in its line. */
export function headerLines(fields: FlatHeaders): string {
  let lines = ''
  for (let i = 0; i < fields.length; i += 2) {
    const [name = '', value = ''] = [fields[i], fields[i + 1]]
    validateHeaderName(name)
    validateHeaderValue(name, value)
    lines += `${name}: ${value}\r\n`
  }
  return inOnePiece(lines)
}

export interface Message {
  readonly status: number
  /** From `headerLines`; without `Content-Length`. */
  readonly lines: string
  /** None on 204 and 304. */
  readonly body: Buffer | string | undefined
}

/**
 * As `response.writeHead(status, headers).end(body)`, at a fraction of the cost (docs/performance.md): Node would check
 * and render each header anew, and write head and body as two pieces. Node's own part stays its own: it adds `Date`
 * and what the connection needs, and decides whether there is a body at all.
 */
export function sendMessage(response: ServerResponse, { status, lines, body }: Message): void {
  const storing = response as unknown as Storing
  const withHead = body !== undefined && response.req.method !== 'HEAD' ? latin1Of(body) : null
  storing._storeHeader = function (statusLine, fields) {
    storeHeader.call(this, statusLine + lines, fields)
    if (withHead !== null) this._header += withHead
  }
  response.writeHead(status, body === undefined ? [] : ['Content-Length', String(Buffer.byteLength(body))])
  response.end(withHead === null ? body : undefined)
}

/** What `ServerResponse.writeHead` comes down to: status line and fields become the text that is sent before any body. */
interface Storing {
  _header: string
  _storeHeader: (this: Storing, statusLine: string, fields: FlatHeaders) => void
}

const { _storeHeader: storeHeader } = ServerResponse.prototype as unknown as Storing

/** Node writes strings up to this length from its stack. */
const shortBytes = 16_384 - 4096

/** Bodies as strings of one character per byte, as the head is one. */
const texts = new WeakMap<Buffer, string>()

function latin1Of(body: Buffer | string): string | null {
  if (typeof body === 'string' || body.length > shortBytes) return null
  let text = texts.get(body)
  if (text === undefined) {
    text = body.toString('latin1')
    texts.set(body, text)
  }
  return text
}
