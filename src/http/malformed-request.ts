import { randomUUID } from 'node:crypto'
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import { isIPv6, type Socket } from 'node:net'
import { noRoute, type RequestRecord } from './context.js'
import { problemDocument } from './problem.js'
import { dataSecurityHeaders } from './security-headers.js'
import { repeatedHeader, getSingleHeader } from './single-header.js'

/** Why the server rejects a request before it reaches the app. */
export interface Malformed {
  readonly status: 400 | 408 | 417 | 431
  readonly detail: string
}

const malformed: Malformed = { status: 400, detail: 'This is not a well-formed HTTP/1.1 request.' }
const tooSlow: Malformed = { status: 408, detail: 'The request was not complete in time.' }
const tooLarge: Malformed = { status: 431, detail: 'The request line and the headers are too large together.' }
const tooMany: Malformed = { status: 431, detail: 'The request has too many headers.' }
const invalidTarget: Malformed = { status: 400, detail: 'The request target is not a valid path or URL.' }
const invalidHost: Malformed = {
  status: 400,
  detail: 'A request needs exactly one valid Host header (RFC 9112 section 3.2).',
}

/** An `Expect` header other than `100-continue`. */
export const expectationFailed: Malformed = { status: 417, detail: 'The only supported expectation is 100-continue.' }

const byErrorCode: Record<string, Malformed> = { HPE_HEADER_OVERFLOW: tooLarge, ERR_HTTP_REQUEST_TIMEOUT: tooSlow }

/** How long a client that goes on sending may read the answer before the connection is destroyed. */
const lingerMs = 1000

/** Answers requests that never reach the app with a problem and closes their connection. */
export function rejectedRequests(onRejected: (record: RequestRecord) => void) {
  function answerTo(fault: Malformed) {
    const { status } = fault
    const code = 'invalid_request'
    const requestId = randomUUID()
    // The path is unknown or cannot be trusted.
    const body = problemDocument(code, `urn:uuid:${requestId}`, requestId, fault)
    const headers = [...dataSecurityHeaders, 'X-Request-Id', requestId, 'Content-Type', 'application/problem+json']
    headers.push('Cache-Control', 'no-store', 'Connection', 'close', 'Content-Length', String(Buffer.byteLength(body)))
    onRejected({
      context: { requestId, traceId: undefined, headers: [], isDataAccess: false, isClosed: true, problem: code },
      clientAddress: undefined,
      method: noRoute,
      route: noRoute,
      status,
      durationMs: 0,
    })
    return { status, headers, body }
  }
  return {
    /** For a request that Node could parse. */
    answer(response: ServerResponse, fault: Malformed): void {
      const { status, headers, body } = answerTo(fault)
      response.writeHead(status, headers).end(body)
    },
    /** For input that Node could not parse, by the error of `clientError`. */
    end(socket: Socket, error: NodeJS.ErrnoException): void {
      // An answer with `Connection: close` is the last one; the socket closes by itself.
      if (error.code === 'ECONNRESET' || !socket.writable) return
      const { status, headers, body } = answerTo(byErrorCode[error.code ?? ''] ?? malformed)
      const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, `Date: ${new Date().toUTCString()}`]
      for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`)
      socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`)
      setTimeout(() => socket.destroy(), lingerMs).unref()
    },
  }
}

/**
 * Why a request is ambiguous, that is, two parsers could read it differently: more headers than are read, an invalid
 * target, a missing or repeated host, a body of unknown length. `null` if it is not.
 */
export function findAmbiguity(request: IncomingMessage, { maxHeaders }: { maxHeaders: number }): Malformed | null {
  if (request.rawHeaders.length > 2 * maxHeaders) return tooMany
  // HTTP/0.9 ends after the first line; what follows would count as another request.
  if (request.httpVersionMajor !== 1) return malformed
  if (!isTarget(request.url ?? '')) return invalidTarget
  const coding = request.headers['transfer-encoding']
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') return malformed
  const host = getSingleHeader(request, 'host')
  // HTTP/1.0 has no mandatory Host, but two of them, or an invalid one, are rejected there too.
  const isClear = host === undefined ? request.httpVersion === '1.0' : host !== repeatedHeader && isHost(host)
  return isClear ? null : invalidHost
}

/** RFC 9112 §3.2: a path, an absolute http(s) URL, or `*`. */
function isTarget(target: string): boolean {
  return target.startsWith('/') || target === '*' || (/^https?:\/\//i.test(target) && URL.canParse(target))
}

/** `uri-host [":" port]` (RFC 9110 §7.2); an http host must not be empty (§4.2.1). */
const hostPattern =
  /^(?:\[(?:(?<ipv6>[\da-f:.]+)|v[\da-f]+\.[\w.~!$&'()*+,;=:-]+)\]|(?:[\w.~!$&'()*+,;=-]|%[\da-f]{2})+)(?::\d*)?$/i

function isHost(value: string): boolean {
  const match = hostPattern.exec(value)
  const address = match?.groups?.['ipv6']
  return match !== null && (address === undefined || isIPv6(address))
}

/** Node reads past an unread body up to this size, so that the connection can be kept. */
const maxUnreadBodyBytes = 65_536

/**
 * Whether the connection must be closed after the answer: no route reads a body, and reading past a long body, or one
 * of unknown length, is not worth it.
 */
export function mustCloseAfterBody({ headers }: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': coding } = headers
  return coding !== undefined || (length !== undefined && Number(length) > maxUnreadBodyBytes)
}
