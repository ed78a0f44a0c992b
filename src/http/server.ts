import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net'
import { setImmediate as nextIteration, setTimeout as delay } from 'node:timers/promises'
import type { RequestRecord } from './context.js'
import { expectationFailed, findAmbiguity, mustCloseAfterBody, rejectedRequests } from './malformed-request.js'

/**
 * Limits per client and connection. A caller's headers hold a token and cookies, always less than 16 KiB, and arrive
 * within ten seconds. Keep-alive is longer than the 60 s of common gateways, so that the gateway closes an idle
 * connection and no request meets a closing one. docs/operations.md lists them for operators.
 */
export const serverLimits = {
  /** Request line and headers together; beyond that 431. */
  maxHeaderBytes: 16_384,
  /** Header lines; beyond that 431. */
  maxHeaders: 100,
  /** From the first byte, or the connection's opening, to the end of the headers; beyond that 408. */
  headersTimeoutMs: 10_000,
  /** From the first byte to the end of the body; beyond that 408. */
  requestTimeoutMs: 30_000,
  /** How long an answer may wait without the client reading a byte before the connection is destroyed. */
  unreadAnswerTimeoutMs: 30_000,
  /** How long a connection may be idle between two requests. */
  keepAliveTimeoutMs: 65_000,
  /** How often the first two timeouts are checked; they may be late by this much. */
  connectionsCheckingIntervalMs: 1000,
  /** Beyond that a new connection is closed immediately. */
  maxConnections: 20_000,
}

export type ServerLimits = Readonly<typeof serverLimits>

export interface RunningServer {
  /** The port it listens on. */
  readonly port: number
  /** From now on every answer has `Connection: close`. */
  announceClose(): void
  /**
   * Stops listening, answers what is in flight and what still arrives on open connections, closes connections that stay
   * idle for a moment, and destroys the rest after `graceMs`. Resolves with whether everything finished in time.
   */
  drain(options: DrainOptions): Promise<boolean>
}

export interface DrainOptions {
  readonly graceMs: number
  /** No connection is destroyed before this settles, e.g. because it answers waiting requests. Must not reject. */
  readonly after?: Promise<unknown>
}

export interface ListenOptions {
  readonly host: string
  /** 0 for any free port. */
  readonly port: number
  /** Defaults, per member: `serverLimits`. */
  readonly limits?: Partial<ServerLimits>
  /** Called with each request that was rejected before the app: malformed, too large, too slow. */
  readonly onRejected?: (record: RequestRecord) => void
}

/** Starts listening. Rejects with the system's error, e.g. `EADDRINUSE`. */
export async function listen(app: RequestListener, options: ListenOptions): Promise<RunningServer> {
  const { host, port, onRejected = () => {} } = options
  const limits = { ...serverLimits, ...options.limits }
  /** The open connections, each with its open responses. */
  const connections = new Map<Socket, Set<ServerResponse>>()
  const rejected = rejectedRequests(onRejected)
  let accepted = 0
  let isClosing = false
  /** Requests that wait until the server stops listening; `null` otherwise. */
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
  // No route reads a body, so none is requested; the connection closes because the client may send it anyway.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    response.setHeader('Connection', 'close')
    server.emit('request', request, response)
  })
  // Either nobody reads the answer or the connection is idle. A client that waits for its answer is not affected.
  server.on('timeout', (socket) => {
    if (!responsesOn(socket).some(({ headersSent }) => !headersSent)) socket.destroy()
  })
  const malformed = new WeakSet<Socket>()
  server.on('clientError', (failure: NodeJS.ErrnoException, socket: Socket) => {
    // Further data on this connection raises the error again.
    if (malformed.has(socket)) return
    malformed.add(socket)
    void rejectAfterAnswers(socket, failure)
  })
  /** Answers to earlier requests go first. Data that arrives meanwhile must not keep the connection open. */
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
    async drain({ graceMs, after }) {
      announceClose()
      let isWaiting = after !== undefined
      void after?.then(() => (isWaiting = false))
      const cutAtMs = performance.now() + graceMs
      const closed = once(server, 'close')
      await stopListening(cutAtMs)
      const idleUntilMs = performance.now() + Math.min(idleMomentMs, graceMs / 3)
      let isInTime = true
      const sweep = setInterval(() => {
        const nowMs = performance.now()
        if (nowMs >= cutAtMs && !isWaiting) {
          isInTime = false
          server.closeAllConnections()
        } else if (nowMs >= idleUntilMs) closeIdle()
      }, sweepIntervalMs)
      await closed
      clearInterval(sweep)
      // Stops Node's connection check.
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
    // Opened in advance by browsers: for Node a connection is idle only after a first request.
    for (const socket of connections.keys()) if (socket.bytesRead === 0) socket.destroy()
  }

  /**
   * When the server stops listening, connections that the kernel has accepted and Node has not are reset, and a client
   * that is asked to close reconnects immediately (nodejs/node issue 60617). So answers wait until no new connections
   * arrive.
   */
  async function stopListening(untilMs: number): Promise<void> {
    const waiting: (() => void)[] = []
    held = waiting
    const lookUntilMs = Math.min(untilMs, performance.now() + maxSettlingMs)
    for (let before = -1; before !== accepted && performance.now() < lookUntilMs; ) {
      before = accepted
      await delay(quietMs)
      // By now Node has asked the kernel for connections once more.
      await nextIteration()
    }
    // Not the HTTP server's own `close`, which also closes idle connections.
    NetServer.prototype.close.call(server)
    held = null
    for (const handleNow of waiting) handleNow()
  }
}

/**
 * How long an open connection may be idle while draining, so that a client about to send a request is answered, not
 * reset.
 */
const idleMomentMs = 1000
const sweepIntervalMs = 20

/** No new connection for this long means that none is pending. */
const quietMs = 10
/** How long to wait at most while new connections keep arriving. */
const maxSettlingMs = 250
