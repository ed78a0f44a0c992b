import { ServerResponse, validateHeaderName, validateHeaderValue } from 'node:http'
import { byIdentity } from '../by-identity.js'
import { inOnePiece } from '../one-piece.js'
import { atEndOfTurn } from '../turn.js'
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

/** Answers made in this turn of the event loop, which go to their sockets together. */
let due: Answered[] = []

/** No answer waits for longer than it takes to make so many. */
const mostDue = 16

interface Answered extends ServerResponse {
  [messageKey]?: Message
}

const messageKey = Symbol('message')

/**
 * Answers with the message once this turn of the event loop is over, or enough others are waiting: a socket's write takes
 * less with other writes before and after it than between two requests (docs/performance.md). Throws for a response that
 * has its answer.
 */
export function sendMessage(response: ServerResponse, message: Message): void {
  if (isAnswered(response)) throw new Error('this request has its answer')
  const answered: Answered = response
  answered[messageKey] = message
  if (due.length === 0) atEndOfTurn(sendDue)
  due.push(answered)
  // One without a socket is queued behind another of its connection.
  if (due.length >= mostDue || response.socket === null) sendDue()
}

/** Whether there is an answer already, sent or about to be. */
export function isAnswered(response: ServerResponse): boolean {
  return response.headersSent || (response as Answered)[messageKey] !== undefined
}

/** Sends at once what waits for the end of this turn. */
export function sendDue(): void {
  const those = due
  due = []
  for (const response of those) {
    const message = response[messageKey]
    if (message === undefined || response.headersSent || response.destroyed) continue
    try {
      send(response, message)
    } catch {
      // The others must be sent all the same. The access log counts this one as given up.
      response.destroy()
    }
  }
}

/**
 * As `response.writeHead(status, headers).end(body)`, at a fraction of the cost (docs/performance.md): Node would check
 * and render each header anew, and write head and body as two pieces. Node's own part stays its own: it adds `Date`
 * and what the connection needs, and decides whether there is a body at all.
 */
function send(response: ServerResponse, { status, lines, body }: Message): void {
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

/** A body as a string of one character per byte, as the head is one. */
const textOf = byIdentity((body: Buffer) => body.toString('latin1'))

function latin1Of(body: Buffer | string): string | null {
  return typeof body === 'string' || body.length > shortBytes ? null : textOf(body)
}
