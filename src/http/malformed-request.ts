import { randomUUID } from 'node:crypto'
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import { isIPv6, type Socket } from 'node:net'
import { noRoute, type RequestRecord } from './context.js'
import { problems } from './problem.js'
import { dataSecurityHeaders } from './security-headers.js'
import { repeated, soleHeader } from './sole-header.js'

/** Why the server does not hand a request on. */
export interface Malformed {
  readonly status: 400 | 408 | 417 | 431
  readonly detail: string
}

const malformed: Malformed = { status: 400, detail: 'This is not a well-formed HTTP/1.1 request.' }
const tooSlow: Malformed = { status: 408, detail: 'The request was not complete in time.' }
const tooLarge: Malformed = { status: 431, detail: 'The request line and the headers are too large together.' }
const tooMany: Malformed = { status: 431, detail: 'The request has too many headers.' }
const invalidTarget: Malformed = { status: 400, detail: 'The target of the request is no address.' }
const invalidHost: Malformed = { status: 400, detail: 'A request names one valid host (RFC 9112 section 3.2).' }

/** An `Expect` header other than `100-continue`. */
export const expectationFailed: Malformed = { status: 417, detail: 'No expectation but 100-continue can be met.' }

const byErrorCode: Record<string, Malformed> = { HPE_HEADER_OVERFLOW: tooLarge, ERR_HTTP_REQUEST_TIMEOUT: tooSlow }

/** A client that goes on sending gets this long to read the answer before the connection is cut. */
const lingerMs = 1000

/** Answers, with a problem like any other, requests that never reach the app; their connection ends. */
export function rejectedRequests(onRejected: (record: RequestRecord) => void) {
  function answerTo({ status, detail }: Malformed) {
    const code = 'invalid_request'
    const requestId = randomUUID()
    // The path is unknown, or not to be believed.
    const instance = `urn:uuid:${requestId}`
    const { title } = problems[code]
    const body = JSON.stringify({ type: `/problems/${code}`, title, status, detail, instance, code, requestId })
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
    /** For a request that Node could read. */
    answer(response: ServerResponse, fault: Malformed): void {
      const { status, headers, body } = answerTo(fault)
      response.writeHead(status, headers).end(body)
    },
    /** For what Node could not read as a request, by the error of `clientError`. */
    end(socket: Socket, error: NodeJS.ErrnoException): void {
      // After an answer that ends the connection nothing may follow; it closes by itself.
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
 * What makes a request ambiguous, that is, two readers might understand it in two ways: more headers than are looked
 * at, a target that is no address, a host that is missing or named twice, a body of unknown end. `null` where nothing
 * does.
 */
export function findAmbiguity(request: IncomingMessage, { maxHeaders }: { maxHeaders: number }): Malformed | null {
  if (request.rawHeaders.length > 2 * maxHeaders) return tooMany
  // Without a version it is HTTP/0.9, which ends at the first line; what follows would be another request.
  if (request.httpVersionMajor !== 1) return malformed
  if (!isTarget(request.url ?? '')) return invalidTarget
  const coding = request.headers['transfer-encoding']
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') return malformed
  const host = soleHeader(request, 'host')
  // HTTP/1.0 had no Host; two of them, or an invalid one, are refused there too.
  const isClear = host === undefined ? request.httpVersion === '1.0' : host !== repeated && isHost(host)
  return isClear ? null : invalidHost
}

/** RFC 9112 §3.2: a path, an absolute http(s) URL, or `*`. */
function isTarget(target: string): boolean {
  return target.startsWith('/') || target === '*' || (/^https?:\/\//i.test(target) && URL.canParse(target))
}

/** `uri-host [":" port]` (RFC 9110 §7.2), where http leaves no host empty (§4.2.1). */
const hostPattern =
  /^(?:\[(?:(?<ipv6>[\da-f:.]+)|v[\da-f]+\.[\w.~!$&'()*+,;=:-]+)\]|(?:[\w.~!$&'()*+,;=-]|%[\da-f]{2})+)(?::\d*)?$/i

function isHost(value: string): boolean {
  const match = hostPattern.exec(value)
  const address = match?.groups?.['ipv6']
  return match !== null && (address === undefined || isIPv6(address))
}

/** Up to this an unread body is read past by Node so that the connection can be kept. */
const maxUnreadBodyBytes = 65_536

/**
 * Whether the answer must end the connection: no route reads a body, and one that is long, or of unknown length, is
 * not worth reading to its end.
 */
export function mustCloseAfterBody({ headers }: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': coding } = headers
  return coding !== undefined || (length !== undefined && Number(length) > maxUnreadBodyBytes)
}
