import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isIPv6, type Socket } from 'node:net'
import { problems } from './problem.js'
import type { RequestRecord } from './request-context.js'
import { dataSecurityHeaders } from './security-headers.js'
import { soleHeader } from './sole-header.js'

/** Why the server would not hand a request on. */
interface Unreadable {
  readonly status: 400 | 408 | 417 | 431
  readonly detail: string
}

type OnUnreadable = (record: RequestRecord) => void

const reasons: Record<Unreadable['status'], string> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  417: 'Expectation Failed',
  431: 'Request Header Fields Too Large',
}

const malformed: Unreadable = { status: 400, detail: 'This is not a well-formed HTTP/1.1 request.' }
const tooSlow: Unreadable = { status: 408, detail: 'The request was not complete in time.' }
const tooLarge: Unreadable = { status: 431, detail: 'The request line and the headers are too large together.' }
const tooMany: Unreadable = { status: 431, detail: 'The request has too many headers.' }
const hostless: Unreadable = { status: 400, detail: 'A request names one valid host (RFC 9112 section 3.2).' }
const expectant: Unreadable = { status: 417, detail: 'No expectation but 100-continue can be met.' }

const byErrorCode: Record<string, Unreadable> = {
  HPE_HEADER_OVERFLOW: tooLarge,
  ERR_HTTP_REQUEST_TIMEOUT: tooSlow,
}

/** A client that goes on sending gets this long to read the answer before the connection is cut. */
const lingerMs = 1000
const security = dataSecurityHeaders()

/**
 * Handler of `clientError`: what Node could not read as a request gets a problem like any other, and its
 * connection ends, whether the client lets go of it or not. For each connection once, after its other answers.
 */
export function refuseMalformed(onUnreadable: OnUnreadable) {
  return (error: NodeJS.ErrnoException, socket: Socket): void => {
    // After an answer that ends the connection nothing may follow; it closes by itself.
    if (error.code === 'ECONNRESET' || !socket.writable) return
    const { status, headers, body } = answerTo(byErrorCode[error.code ?? ''] ?? malformed, onUnreadable)
    const lines = [`HTTP/1.1 ${status} ${reasons[status]}`]
    for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`)
    socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`)
    setTimeout(() => socket.destroy(), lingerMs).unref()
  }
}

/**
 * Refuses what Node read as a request and two readers might understand in two ways: more headers than are
 * looked at, a host that is missing or named twice, a body of unknown end. Returns whether it did.
 */
export function refuseAmbiguous(
  request: IncomingMessage,
  response: ServerResponse,
  { maxHeaders, onUnreadable }: { maxHeaders: number; onUnreadable: OnUnreadable },
): boolean {
  const fault = ambiguityOf(request, maxHeaders)
  if (fault === null) return false
  refuse(response, answerTo(fault, onUnreadable))
  return true
}

function ambiguityOf(request: IncomingMessage, maxHeaders: number): Unreadable | null {
  if (request.rawHeaders.length > 2 * maxHeaders) return tooMany
  // Without a version it is HTTP/0.9, which ends at the first line; what follows would be another request.
  if (request.httpVersionMajor !== 1) return malformed
  const coding = request.headers['transfer-encoding']
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') return malformed
  return isHostClear(request) ? null : hostless
}

/** Handler of `checkExpectation`. */
export function refuseExpectation(onUnreadable: OnUnreadable) {
  return (_request: IncomingMessage, response: ServerResponse): void => {
    refuse(response, answerTo(expectant, onUnreadable))
  }
}

/** HTTP/1.0 had no Host; two of them, or an invalid one, are refused there too. */
function isHostClear(request: IncomingMessage): boolean {
  const host = soleHeader(request, 'host')
  return typeof host === 'string' ? isHost(host) : host === undefined && request.httpVersion === '1.0'
}

/** `uri-host [":" port]` (RFC 9110 §7.2), where http leaves no host empty (§4.2.1). */
const hostPattern =
  /^(?:\[(?:(?<ipv6>[\da-f:.]+)|v[\da-f]+\.[\w.~!$&'()*+,;=:-]+)\]|(?:[\w.~!$&'()*+,;=-]|%[\da-f]{2})+)(?::\d*)?$/i

function isHost(value: string): boolean {
  const match = hostPattern.exec(value)
  const address = match?.groups?.['ipv6']
  return match !== null && (address === undefined || isIPv6(address))
}

function refuse(response: ServerResponse, { status, headers, body }: ReturnType<typeof answerTo>): void {
  response.writeHead(status, headers).end(body)
}

function answerTo({ status, detail }: Unreadable, onUnreadable: OnUnreadable) {
  const code = 'invalid_request'
  const requestId = randomUUID()
  const { title } = problems[code]
  // Its path is not known, or is not to be believed.
  const instance = `urn:uuid:${requestId}`
  const body = JSON.stringify({ type: `/problems/${code}`, title, status, detail, instance, code, requestId })
  const headers = [...security, 'X-Request-Id', requestId, 'Content-Type', 'application/problem+json']
  headers.push('Cache-Control', 'no-store', 'Connection', 'close', 'Content-Length', String(Buffer.byteLength(body)))
  const unknown = '(none)'
  onUnreadable({
    requestId,
    traceId: undefined,
    method: unknown,
    route: unknown,
    status,
    durationSeconds: 0,
    endedAtMs: Date.now(),
    lines: '',
    problem: code,
  })
  return { status, headers, body }
}
