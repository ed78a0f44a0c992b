import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net'
import { setImmediate as nextIteration, setTimeout as delay } from 'node:timers/promises'
import type { RequestRecord } from './context.js'
import { expectationFailed, findAmbiguity, mustCloseAfterBody, rejectedRequests } from './malformed-request.js'

/** What one client may cost the server. */
export interface ServerLimits {
  /** Request line and headers together; beyond that 431. */
  readonly maxHeaderBytes: number
  /** Header lines; beyond that 431. */
  readonly maxHeaders: number
  /** From the first byte, or the connection's opening, to the end of the headers; beyond that 408. */
  readonly headersTimeoutMs: number
  /** From the first byte to the end of the body; beyond that 408. */
  readonly requestTimeoutMs: number
  /** How long an answer may lie unread, not a byte of it taken, before the connection is cut. */
  readonly unreadAnswerTimeoutMs: number
  /** How long a connection may be idle between two requests. */
  readonly keepAliveTimeoutMs: number
  /** How often the first two timeouts are checked, by which they may be late. */
  readonly connectionsCheckingIntervalMs: number
  /** Beyond that a new connection is closed immediately. */
  readonly maxConnections: number
}

/**
 * A caller's headers hold a token and cookies, never more than 16 KiB, and take no ten seconds to send. Keep-alive
 * outlasts the 60 s of common gateways, so that the gateway closes an idle connection and no request meets a closing
 * one. docs/operations.md lists them for operators.
 */
export const serverLimits: ServerLimits = {
  maxHeaderBytes: 16_384,
  maxHeaders: 100,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  unreadAnswerTimeoutMs: 30_000,
  keepAliveTimeoutMs: 65_000,
  connectionsCheckingIntervalMs: 1000,
  maxConnections: 20_000,
}

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
  /** Called with each request that never reached the app: malformed, too large, too slow. */
  readonly onRejected?: (record: RequestRecord) => void
}

/** Listens. Rejects with the system's error, e.g. `EADDRINUSE`. */
export async function listen(app: RequestListener, options: ListenOptions): Promise<RunningServer> {
  const { host, port, onRejected = () => {} } = options
  const limits = { ...serverLimits, ...options.limits }
  /** The open connections, each with its open responses. */
  const connections = new Map<Socket, Set<ServerResponse>>()
  const rejected = rejectedRequests(onRejected)
  let accepted = 0
  let isClosing = false
  /** Requests that wait for the server to stop listening; `null` at any other time. */
  let held: (() => void)[] | null = null

  const server = createServer({
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: limits.connectionsCheckingIntervalMs,
    requireHostHeader: false,
  })
  server.timeout = limits.unreadAnswerTimeoutMs
  server.maxConnections = limits.maxConnections
  server.maxHeadersCount = limits.maxHeaders

  server.on('connection', (socket: Socket) => {
    accepted += 1
    const open = new Set<ServerResponse>()
    connections.set(socket, open)
    socket.once('close', () => {
      connections.delete(socket)
      // Node 20 leaves out the responses that are queued behind another one.
      setImmediate(() => {
        for (const response of open) response.emit('close')
      })
    })
  })
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const open = connections.get(request.socket)
    open?.add(response)
    response.on('close', () => open?.delete(response))
    if (isClosing || mustCloseAfterBody(request)) response.setHeader('Connection', 'close')
    if (held) held.push(() => request.socket.destroyed || handle(request, response))
    else handle(request, response)
  })
  function handle(request: IncomingMessage, response: ServerResponse): void {
    const fault = findAmbiguity(request, limits)
    if (fault) rejected.answer(response, fault)
    else app(request, response)
  }
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    rejected.answer(response, expectationFailed)
  })
  // No route reads a body, so none is invited; the connection cannot go on without knowing whether it comes.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    response.setHeader('Connection', 'close')
    server.emit('request', request, response)
  })
  // An answer that nobody reads, or an idle connection. A client that waits for its answer is left alone.
  server.on('timeout', (socket) => {
    if (!responsesOn(socket).some(({ headersSent }) => !headersSent)) socket.destroy()
  })
  const malformed = new WeakSet<Socket>()
  server.on('clientError', (failure: NodeJS.ErrnoException, socket: Socket) => {
    // Whatever follows on the connection is an error again.
    if (malformed.has(socket)) return
    malformed.add(socket)
    void rejectAfterAnswers(socket, failure)
  })
  /** The answers to what could be read go first; what is sent meanwhile must not keep the connection open. */
  async function rejectAfterAnswers(socket: Socket, failure: NodeJS.ErrnoException): Promise<void> {
    socket.pause()
    await Promise.all(responsesOn(socket).map((response) => once(response, 'close')))
    socket.resume()
    rejected.end(socket, failure)
  }
  function responsesOn(socket: Socket): ServerResponse[] {
    return [...(connections.get(socket) ?? [])]
  }

  server.listen({ host, port })
  await once(server, 'listening')
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
      let isInTime = true
      const sweep = setInterval(() => {
        const nowMs = performance.now()
        if (nowMs >= cutAtMs) {
          isInTime = false
          server.closeAllConnections()
        } else if (nowMs >= idleUntilMs) closeIdle()
      }, sweepIntervalMs)
      await closed
      clearInterval(sweep)
      // Ends Node's checking of connections.
      server.close()
      return isInTime
    },
  }

  function announceClose(): void {
    isClosing = true
    for (const open of connections.values()) {
      for (const response of open) if (!response.headersSent) response.setHeader('Connection', 'close')
    }
  }

  function closeIdle(): void {
    server.closeIdleConnections()
    // Opened in advance, as browsers do: for Node it is idle only after a first request.
    for (const socket of connections.keys()) if (socket.bytesRead === 0) socket.destroy()
  }

  /**
   * A connection that the system has accepted and Node has not is reset when the server stops listening, and a client
   * that is asked to close connects again immediately (nodejs/node issue 60617). So answers wait until no more
   * connections come.
   */
  async function stopListening(untilMs: number): Promise<void> {
    const waiting: (() => void)[] = []
    held = waiting
    const lookUntilMs = Math.min(untilMs, performance.now() + maxSettlingMs)
    for (let before = -1; before !== accepted && performance.now() < lookUntilMs; ) {
      before = accepted
      await delay(quietMs)
      // After the system has been asked for connections once more.
      await nextIteration()
    }
    // Not the HTTP server's own `close`, which closes idle connections in the same moment.
    NetServer.prototype.close.call(server)
    held = null
    for (const handleNow of waiting) handleNow()
  }
}

/** How long an open connection may stay idle while draining, so that a client about to ask is answered, not reset. */
const idleMomentMs = 1000
const sweepIntervalMs = 20

/** No new connection for this long means that none is on its way. */
const quietMs = 10
/** How long that is waited for where connections keep coming. */
const maxSettlingMs = 250
