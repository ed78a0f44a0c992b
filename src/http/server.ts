import { once } from 'node:events'
import { createServer as createNodeServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net'
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises'
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
  /** From here on every answer says `Connection: close`. */
  announceClose(): void
  /**
   * Stops listening, answers what is in flight and what still arrives on open connections, closes those that stay idle
   * for a moment, and cuts what is left after `graceMs`. Resolves with whether everything was finished in time.
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
  let isClosing = false
  const connections = followConnections(server, {
    unreadAnswerTimeoutMs: limits.unreadAnswerTimeoutMs,
    keepAliveTimeoutMs: limits.keepAliveTimeoutMs,
    checkingIntervalMs: limits.connectionsCheckingIntervalMs,
  })
  let accepted = 0
  server.on('connection', () => (accepted += 1))
  let waiting: (() => void)[] | null = null
  server.on('request', (request: ExpressRequest, response: ExpressResponse) => {
    connections.answering(response)
    if (isClosing || hasUnwieldyBody(request)) response.setHeader('Connection', 'close')
    if (waiting) waiting.push(() => handle(request, response))
    else handle(request, response)
  })
  function handle(request: ExpressRequest, response: ExpressResponse): void {
    if (refuseAmbiguous(request, response, { maxHeaders: limits.maxHeaders, onUnreadable })) return
    app(request, response)
  }
  const refuse = refuseMalformed(onUnreadable)
  const unreadable = new WeakSet<Socket>()
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // Whatever follows on the connection is an error again.
    if (unreadable.has(socket)) return
    unreadable.add(socket)
    // The answers to what could be read go before; what is sent meanwhile must not keep the connection open.
    sendDue()
    socket.pause()
    connections.whenAnswered(socket, () => {
      socket.resume()
      refuse(error, socket)
    })
  })
  server.on('checkExpectation', refuseExpectation(onUnreadable))
  // No route reads a body, so none is invited; the connection cannot go on without knowing whether it comes.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    response.setHeader('Connection', 'close')
    server.emit('request', request, response)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, resolve)
  })
  const address = server.address() as AddressInfo
  return {
    port: address.port,
    announceClose,
    async drain({ graceMs }) {
      announceClose()
      const cutAtMs = performance.now() + graceMs
      const closed = once(server, 'close')
      await stopListening(cutAtMs)
      const idleUntilMs = performance.now() + Math.min(idleMomentMs, graceMs / 3)
      let inTime = true
      const sweep = setInterval(() => {
        const nowMs = performance.now()
        if (nowMs >= cutAtMs) {
          inTime = false
          server.closeAllConnections()
        } else if (nowMs >= idleUntilMs) connections.closeIdle()
      }, sweepIntervalMs)
      await closed
      clearInterval(sweep)
      // Ends Node's checking of connections.
      server.close()
      return inTime
    },
  }

  function announceClose(): void {
    isClosing = true
    connections.announceClose()
  }

  /**
   * A connection that the system has accepted and Node has not is reset when the server stops listening, and a client
   * that is told to close connects again immediately. So answers wait until no more connections come.
   */
  async function stopListening(untilMs: number): Promise<void> {
    const held: (() => void)[] = []
    waiting = held
    const lookUntilMs = Math.min(untilMs, performance.now() + mostLookingMs)
    for (let before = -1; before !== accepted && performance.now() < lookUntilMs; ) {
      before = accepted
      await delay(quietMs)
      // After the system has been asked for connections once more.
      await nextTurn()
    }
    // Not the HTTP server's own, which closes idle connections in the same moment.
    NetServer.prototype.close.call(server)
    waiting = null
    for (const answer of held) answer()
  }
}

/** How long an open connection may stay idle while draining, so that a client about to ask is answered, not reset. */
const idleMomentMs = 1000
const sweepIntervalMs = 20

/** No new connection for this long means that none is on its way. */
const quietMs = 10
/** How long that is waited for where connections come and come. */
const mostLookingMs = 250
