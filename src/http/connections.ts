import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { sendDue } from './send-message.js'

/** The open connections of a server, each with its latest answer. */
export interface Connections {
  /** Notes the answer that a connection's newest request will get. */
  answering(response: ServerResponse): void
  /** Calls back, immediately or later, when the connection's requests have their answers. */
  whenAnswered(socket: Socket, callback: () => void): void
  /** Lets each connection end with its answer under way. */
  announceClose(): void
  /** Closes those on which nothing is asked. */
  closeIdle(): void
}

export interface ConnectionsOptions {
  readonly unreadAnswerTimeoutMs: number
  readonly keepAliveTimeoutMs: number
  /** How often connections are looked at, by which the timeouts may be late. */
  readonly checkingIntervalMs: number
}

interface Connection {
  /** `null` before the first request. */
  answer: ServerResponse | null
  /** As of the last look at it. */
  bytesRead: number
  /** When it was first seen with its answer given and nothing more read. */
  idleSinceMs: number
}

/** What Node makes the line `Keep-Alive` of, by which clients know how long they may idle. */
type WithKeepAlive = ServerResponse & { _keepAliveTimeout?: number }

/**
 * Follows the server's connections, and cuts those that are idle for too long or whose answer lies unread. Node's own
 * timeouts would start and stop a timer for every request (docs/performance.md); idle connections are found by looking at
 * them, and an answer that is still under way at a look is rare, and gets its timer then.
 */
export function followConnections(server: Server, options: ConnectionsOptions): Connections {
  const { unreadAnswerTimeoutMs, keepAliveTimeoutMs, checkingIntervalMs } = options
  const connections = new Map<Socket, Connection>()

  server.on('connection', (socket: Socket) => {
    connections.set(socket, { answer: null, bytesRead: 0, idleSinceMs: 0 })
    socket.once('close', () => connections.delete(socket))
    // A client that says no more is answered before Node lets go of it.
    socket.prependListener('end', sendDue)
  })
  const checking = setInterval(() => {
    const nowMs = performance.now()
    for (const [socket, connection] of connections) {
      if (connection.answer === null) continue
      boundUnread(socket, connection.answer)
      boundIdle(socket, connection.answer, connection, nowMs)
    }
  }, checkingIntervalMs)
  checking.unref()
  server.on('close', () => clearInterval(checking))
  // With an answer that nobody reads. One that still waits for its answer is left alone, however long the vendor takes.
  server.on('timeout', (socket) => {
    if (connections.get(socket)?.answer?.headersSent !== false) socket.destroy()
  })

  function boundUnread(socket: Socket, answer: ServerResponse): void {
    const isUnderWay = answer.headersSent && !answer.writableFinished
    const timeoutMs = isUnderWay ? unreadAnswerTimeoutMs : 0
    // Node starts it anew with every byte that is taken.
    if ((socket.timeout ?? 0) !== timeoutMs) socket.setTimeout(timeoutMs)
  }

  function boundIdle(socket: Socket, answer: ServerResponse, connection: Connection, nowMs: number): void {
    if (!answer.writableFinished || socket.bytesRead !== connection.bytesRead) {
      connection.bytesRead = socket.bytesRead
      connection.idleSinceMs = nowMs
    } else if (nowMs - connection.idleSinceMs >= keepAliveTimeoutMs) socket.destroy()
  }

  return {
    answering(response) {
      const connection = connections.get(response.req.socket)
      if (connection) connection.answer = response
      const told: WithKeepAlive = response
      told._keepAliveTimeout = keepAliveTimeoutMs
    },
    whenAnswered(socket, callback) {
      const answer = connections.get(socket)?.answer ?? null
      if (answer === null || answer.destroyed) callback()
      else answer.once('close', callback)
    },
    announceClose() {
      for (const { answer } of connections.values()) {
        if (answer?.headersSent === false) answer.setHeader('Connection', 'close')
      }
    },
    closeIdle() {
      server.closeIdleConnections()
      // Opened in advance, as browsers do: Node takes it for idle only after a first request.
      for (const [socket, { answer }] of connections) {
        if (answer === null && socket.bytesRead === 0) socket.destroy()
      }
    },
  }
}
