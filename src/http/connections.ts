import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** The open connections of a server, each with its latest answer. */
export interface Connections {
  /** Notes the answer that a connection's newest request will get. */
  answering(response: ServerResponse): void
  /** Whether the connection ends with its latest answer, so that nothing may follow it. */
  isEnding(socket: Socket): boolean
  /** Lets each connection end as soon as its answer under way has been given. */
  release(): void
}

export interface ConnectionsOptions {
  readonly unreadAnswerTimeoutMs: number
  /** How often answers under way are looked at. */
  readonly checkingIntervalMs: number
}

/**
 * Follows the server's connections, and cuts those whose answer lies unread. Node's own `server.timeout` would start and
 * stop a timer for every request; an answer that is still under way at a check is rare, and gets its timer then.
 */
export function followConnections(server: Server, options: ConnectionsOptions): Connections {
  const { unreadAnswerTimeoutMs, checkingIntervalMs } = options
  /** `null` before the first request. */
  const latest = new Map<Socket, ServerResponse | null>()

  server.on('connection', (socket: Socket) => {
    latest.set(socket, null)
    socket.once('close', () => latest.delete(socket))
  })
  const checking = setInterval(() => {
    for (const [socket, response] of latest) {
      const isUnderWay = response !== null && response.headersSent && !response.writableFinished
      // Node takes it back with the end of the answer, and starts it anew with every byte that is taken.
      if (isUnderWay && socket.timeout !== unreadAnswerTimeoutMs) socket.setTimeout(unreadAnswerTimeoutMs)
    }
  }, checkingIntervalMs)
  checking.unref()
  server.on('close', () => clearInterval(checking))
  // Idle for too long, or with an answer that nobody reads. One that still waits for its answer is left alone,
  // however long the vendor takes.
  server.on('timeout', (socket) => {
    if (latest.get(socket)?.headersSent !== false) socket.destroy()
  })

  return {
    answering(response) {
      latest.set(response.req.socket, response)
    },
    isEnding(socket) {
      const response = latest.get(socket)
      return response?.headersSent === true && !response.shouldKeepAlive
    },
    release() {
      for (const [socket, response] of latest) {
        // Opened in advance, as browsers do: Node takes it for idle only after a first request.
        if (response === null && socket.bytesRead === 0) socket.destroy()
        else if (response?.headersSent === false) response.shouldKeepAlive = false
      }
    },
  }
}
