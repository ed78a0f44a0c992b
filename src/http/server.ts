import { createServer as createNodeServer, IncomingMessage, type Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Express } from 'express'

/**
 * What one client may cost. A caller's headers hold a token and cookies, never more than 16 KiB; nobody who
 * is honest needs ten seconds to send them. Keep-alive outlasts the 60 s of common gateways, so that it is
 * they who close an idle connection and no request meets a closing one.
 */
export const serverLimits = {
  maxHeaderBytes: 16_384,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 65_000,
  connectionsCheckingIntervalMs: 1000,
  maxConnections: 20_000,
} as const

export interface RunningServer {
  /** The port it listens on. */
  readonly port: number
  /**
   * Stops accepting, finishes what is in flight within `graceMs`, closes idle connections at once, then
   * cuts what is left. Resolves with whether everything was finished in time.
   */
  drain(options: { graceMs: number }): Promise<boolean>
}

/** Listens; port 0 takes any free one. Rejects with the system's error, e.g. `EADDRINUSE`. */
export async function listen(app: Express, { host, port }: { host: string; port: number }): Promise<RunningServer> {
  const server = createNodeServer(
    {
      ...expressMessages(app),
      maxHeaderSize: serverLimits.maxHeaderBytes,
      headersTimeout: serverLimits.headersTimeoutMs,
      requestTimeout: serverLimits.requestTimeoutMs,
      keepAliveTimeout: serverLimits.keepAliveTimeoutMs,
      connectionsCheckingInterval: serverLimits.connectionsCheckingIntervalMs,
    },
    app,
  )
  server.maxConnections = serverLimits.maxConnections
  server.on('clientError', refuseMalformed)
  let isDraining = false
  server.prependListener('request', (_request, response) => {
    if (isDraining) response.shouldKeepAlive = false
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, resolve)
  })
  const address = server.address() as AddressInfo
  return {
    port: address.port,
    drain({ graceMs }) {
      isDraining = true
      return close(server, graceMs)
    },
  }
}

/**
 * Express gives every request and response another prototype on arrival, which costs most of what Express
 * costs. Messages made with that prototype in the first place spare it (docs/performance.md).
 */
function expressMessages(app: Express): {
  IncomingMessage: typeof IncomingMessage
  ServerResponse: typeof ServerResponse
} {
  return {
    IncomingMessage: withPrototype(IncomingMessage, app.request),
    ServerResponse: withPrototype(ServerResponse, app.response),
  }
}

function withPrototype<Base extends typeof IncomingMessage | typeof ServerResponse>(
  base: Base,
  prototype: object,
): Base {
  function Message(...parameters: unknown[]): unknown {
    return Reflect.construct(base, parameters, Message)
  }
  Message.prototype = prototype
  return Message as unknown as Base
}

/** Idle keep-alive connections end only when told to, and one may become idle at any moment of the drain. */
async function close(server: Server, graceMs: number): Promise<boolean> {
  let inTime = true
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  const sweep = setInterval(() => server.closeIdleConnections(), 50)
  const cut = setTimeout(() => {
    inTime = false
    server.closeAllConnections()
  }, graceMs)
  server.closeIdleConnections()
  await closed
  clearInterval(sweep)
  clearTimeout(cut)
  return inTime
}

const statusOf: Record<string, string> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

/** What Node could not even read as a request gets a status and a closed connection. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const status = statusOf[error.code ?? ''] ?? '400 Bad Request'
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\nCache-Control: no-store\r\n\r\n`)
}
