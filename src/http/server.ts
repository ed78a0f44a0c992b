import { createServer as createNodeServer, IncomingMessage, type Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Express, Request as ExpressRequest, Response as ExpressResponse } from 'express'
import { hasUnwieldyBody } from './request-body.js'
import type { RequestRecord } from './request-context.js'
import { type ServerLimits, serverLimits } from './server-limits.js'
import { refuseAmbiguous, refuseExpectation, refuseMalformed } from './unreadable-request.js'

export interface RunningServer {
  /** The port it listens on. */
  readonly port: number
  /**
   * Stops accepting, finishes what is in flight within `graceMs`, closes idle connections at once, then
   * cuts what is left. Resolves with whether everything was finished in time.
   */
  drain(options: { graceMs: number }): Promise<boolean>
}

export interface ListenOptions {
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  /** Default `serverLimits`, one by one. */
  readonly limits?: Partial<ServerLimits>
  /** Told of each request that never reached the app: malformed, too large, too slow. */
  readonly onUnreadable?: (record: RequestRecord) => void
}

/** Listens. Rejects with the system's error, e.g. `EADDRINUSE`. */
export async function listen(app: Express, options: ListenOptions): Promise<RunningServer> {
  const { host, port, onUnreadable = () => {} } = options
  const limits = { ...serverLimits, ...options.limits }
  const server = createNodeServer({
    ...expressMessages(app),
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: limits.connectionsCheckingIntervalMs,
    requireHostHeader: false,
  })
  server.maxConnections = limits.maxConnections
  server.maxHeadersCount = limits.maxHeaders
  let isDraining = false
  // Each connection's latest answer; null before its first request.
  const latest = new Map<Socket, ServerResponse | null>()
  server.on('connection', (socket: Socket) => {
    latest.set(socket, null)
    socket.once('close', () => latest.delete(socket))
  })
  server.on('request', (request: ExpressRequest, response: ExpressResponse) => {
    latest.set(request.socket, response)
    if (isDraining || hasUnwieldyBody(request)) response.shouldKeepAlive = false
    if (refuseAmbiguous(request, response, { maxHeaders: limits.maxHeaders, onUnreadable })) return
    app(request, response)
  })
  const refuse = refuseMalformed(onUnreadable)
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // After an answer that ends the connection nothing may follow; it closes by itself.
    if (!isFinal(latest.get(socket))) refuse(error, socket)
  })
  server.on('checkExpectation', refuseExpectation(onUnreadable))
  // No route reads a body, so none is invited; the connection cannot go on without knowing whether it comes.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    response.shouldKeepAlive = false
    server.emit('request', request, response)
  })
  server.timeout = limits.unreadAnswerTimeoutMs
  // One that still waits for its answer is left alone, however long the vendor takes.
  server.on('timeout', (socket) => {
    if (latest.get(socket)?.headersSent !== false) socket.destroy()
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
      for (const [socket, response] of latest) {
        // Opened in advance, as browsers do: Node takes it for idle only after a first request.
        if (response === null && socket.bytesRead === 0) socket.destroy()
        else if (response?.headersSent === false) response.shouldKeepAlive = false
      }
      return close(server, graceMs)
    },
  }
}

function isFinal(response: ServerResponse | null | undefined): boolean {
  return response?.headersSent === true && !response.shouldKeepAlive
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
  const construct = base as unknown as (this: unknown, first: unknown, second: unknown) => void
  function Message(this: unknown, first: unknown, second: unknown): void {
    construct.call(this, first, second)
  }
  Message.prototype = prototype
  // V8 walks this chain to see how many fields a message will have, and makes room for them in one piece.
  Object.setPrototypeOf(Message, base)
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
