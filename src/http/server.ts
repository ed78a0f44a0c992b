import { createServer as createNodeServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Request as ExpressRequest, Response as ExpressResponse } from 'express'
import { followConnections } from './connections.js'
import { expressMessages } from './express-messages.js'
import type { FramedApp } from './framed-app.js'
import { hasUnwieldyBody } from './request-body.js'
import type { RequestRecord } from './request-context.js'
import { sendDue } from './send-message.js'
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
export async function listen(app: FramedApp, options: ListenOptions): Promise<RunningServer> {
  const { host, port, onUnreadable = () => {} } = options
  const limits = { ...serverLimits, ...options.limits }
  const server = createNodeServer({
    ...expressMessages(app),
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    // Bounded by `followConnections`.
    keepAliveTimeout: 0,
    connectionsCheckingInterval: limits.connectionsCheckingIntervalMs,
    requireHostHeader: false,
  })
  server.maxConnections = limits.maxConnections
  server.maxHeadersCount = limits.maxHeaders
  let isDraining = false
  const connections = followConnections(server, {
    unreadAnswerTimeoutMs: limits.unreadAnswerTimeoutMs,
    keepAliveTimeoutMs: limits.keepAliveTimeoutMs,
    checkingIntervalMs: limits.connectionsCheckingIntervalMs,
  })
  server.on('request', (request: ExpressRequest, response: ExpressResponse) => {
    connections.answering(response)
    if (isDraining || hasUnwieldyBody(request)) response.shouldKeepAlive = false
    if (refuseAmbiguous(request, response, { maxHeaders: limits.maxHeaders, onUnreadable })) return
    app(request, response)
  })
  const refuse = refuseMalformed(onUnreadable)
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // The answers to what could be read go before.
    sendDue()
    // After an answer that ends the connection nothing may follow; it closes by itself.
    if (!connections.isEnding(socket)) refuse(error, socket)
  })
  server.on('checkExpectation', refuseExpectation(onUnreadable))
  // No route reads a body, so none is invited; the connection cannot go on without knowing whether it comes.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    response.shouldKeepAlive = false
    server.emit('request', request, response)
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
      connections.release()
      return close(server, graceMs)
    },
  }
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
