import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { createServer, type TLSSocket } from 'node:tls'

/**
 * Ports on which a connection neither succeeds nor fails: the first at 127.0.0.1, the second at 127.0.0.2, and so on.
 */
export interface UnresponsivePorts {
  close(): Promise<void>
}

// On Linux a listening socket with a full queue drops further connections.
const program = `
  const ports = process.argv.slice(1).map(Number)
  let left = ports.length
  for (const [index, port] of ports.entries()) {
    require('node:net').createServer().listen({ port, host: '127.0.0.' + (index + 1), backlog: 1 }, () => --left || process.send('full'))
  }
`

export async function openUnresponsivePorts(ports: readonly number[]): Promise<UnresponsivePorts> {
  const child = spawn(process.execPath, ['-e', program, ...ports.map(String)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  await once(child, 'message')
  child.kill('SIGSTOP')
  const fillers: Socket[] = ports.flatMap((port, index) =>
    Array.from({ length: 4 }, () => connect(port, `127.0.0.${index + 1}`)),
  )
  for (const filler of fillers) filler.on('error', () => {})
  await delay(100)
  return {
    async close() {
      for (const filler of fillers) filler.destroy()
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

export interface RawVendor {
  readonly port: number
  /** The number of connections. */
  connections(): number
  /** The number of answers. */
  answered(): number
  close(): Promise<void>
}

/** A TLS server that answers everything with the given bytes and closes the connection. */
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
