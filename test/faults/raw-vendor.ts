import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'

export interface RawVendor {
  readonly port: number
  /** How many have connected. */
  connections(): number
  /** How many of them were answered. */
  answered(): number
  close(): Promise<void>
}

/** A TLS server that answers whatever it is sent with bytes of its own and hangs up. */
export async function startRawVendor(options: { cert: string; key: string; reply: () => string }): Promise<RawVendor> {
  const sockets = new Set<TLSSocket>()
  let [connections, answered] = [0, 0]
  const server = createServer(options, (socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy()).once('close', () => sockets.delete(socket))
    socket.once('data', () => {
      answered += 1
      socket.end(options.reply())
    })
  })
  server.on('connection', () => {
    connections += 1
  })
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    answered: () => answered,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
