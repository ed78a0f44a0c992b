import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'

export interface ListenOptions {
  readonly host: string
  /** 0 for any free port. */
  readonly port: number
}

/** Resolves with the port when the server listens; rejects if it cannot. */
export async function listen(server: Server, { host, port }: ListenOptions): Promise<number> {
  await once(server.listen(port, host), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}

/** Closes every connection, even in the middle of an answer. */
export async function closeNow(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

/** The server's URL for clients on this machine. */
export function urlOf(scheme: 'http' | 'https', { host, port }: ListenOptions): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `${scheme}://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}

/** The first free port starting at `from` that is not `except`. Rejects if none of fifty is free. */
export async function firstFreePort(host: string, from: number, except?: number): Promise<number> {
  for (let port = from; port < from + 50 && port <= 65_535; port += 1)
    if (port !== except && (await isFree(host, port))) return port
  throw new Error(`no free port from ${from}`)
}

async function isFree(host: string, port: number): Promise<boolean> {
  const server = createServer()
  try {
    await listen(server, { host, port })
  } catch {
    return false
  }
  await closeNow(server)
  return true
}

/** The request's body, or null if it is longer than `maxBytes`. Rejects when the client disconnects before the end. */
export async function readBody(request: IncomingMessage, { maxBytes }: { maxBytes: number }): Promise<Buffer | null> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    length += piece.length
    // The rest is read and dropped, so that the client can receive the answer.
    if (length <= maxBytes) pieces.push(piece)
  }
  return length > maxBytes ? null : Buffer.concat(pieces)
}
