import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Authenticate } from '../../../src/http/authentication/caller.js'
import type { RefusalReason } from '../../../src/http/authentication/refusals.js'
import { ProblemError, problems } from '../../../src/http/problem.js'

/** Several values are sent as separate lines. */
type RequestHeaders = Record<string, string | string[]>

interface TestServerAnswer {
  readonly status: number
  /** The caller, or the problem's code and detail. */
  readonly body: Record<string, unknown>
  readonly headers: IncomingHttpHeaders
}

/** An HTTP server that answers each request with its caller, or with the problem that the authenticator throws. */
export interface TestServer {
  request(headers: RequestHeaders): Promise<TestServerAnswer>
  /** The reasons of refused requests, in order. */
  readonly refusals: RefusalReason[]
  close(): Promise<void>
}

export async function startTestServer(authenticate: Authenticate, { host = '127.0.0.1' } = {}): Promise<TestServer> {
  const refusals: RefusalReason[] = []
  async function receive(request: IncomingMessage, response: ServerResponse) {
    try {
      const caller = await authenticate(request)
      response.end(JSON.stringify({ ...caller, scopes: [...caller.scopes] }))
    } catch (error) {
      if (!(error instanceof ProblemError)) {
        response.writeHead(500).end(JSON.stringify({ error: String(error) }))
        return
      }
      const { detail, reason, retryAfterSeconds, headers = {} } = error.options
      if (reason !== undefined) refusals.push(reason)
      response.writeHead(problems[error.code].status, headers)
      response.end(JSON.stringify({ code: error.code, detail, retryAfterSeconds }))
    }
  }
  const server = createServer({ maxHeaderSize: 4 * 1024 * 1024 }, (request, response) => {
    void receive(request, response)
  })
  server.listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    request: (headers) => send({ host: host === '::' ? '127.0.0.1' : host, port, headers }),
    refusals,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

interface Call {
  readonly host: string
  readonly port: number
  readonly headers: RequestHeaders
}

function send({ host, port, headers }: Call): Promise<TestServerAnswer> {
  return new Promise((resolve, reject) => {
    const call = request({ host, port, headers, agent: false, maxHeaderSize: 4 * 1024 * 1024 }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('end', () => {
        const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>
        resolve({ status: response.statusCode ?? 0, body, headers: response.headers })
      })
    })
    call.once('error', reject)
    call.end()
  })
}
