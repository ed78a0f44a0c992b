import * as http from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

export interface ConnectProxy {
  readonly port: number
  /** The CONNECT requests seen, in order. */
  readonly tunnels: readonly { readonly authority: string; readonly authorization: string | undefined }[]
  /** Everything else seen, none of which a tunnelling client should send. */
  readonly plainRequests: readonly string[]
  readonly connections: ReadonlySet<Socket>
  close(): Promise<void>
}

export interface ConnectProxyOptions {
  /** Where every tunnel ends, whatever name was asked for. */
  readonly upstreamPort: number
  /** Answer to CONNECT; 200 opens the tunnel, `hang` never answers. Default 200. */
  readonly answer?: number | 'hang'
}

/** An HTTP proxy on a free loopback port that resolves every name to a port of this machine. */
export async function startConnectProxy({ upstreamPort, answer = 200 }: ConnectProxyOptions): Promise<ConnectProxy> {
  const tunnels: { authority: string; authorization: string | undefined }[] = []
  const plainRequests: string[] = []
  const connections = new Set<Socket>()
  const server = http.createServer((request, response) => {
    plainRequests.push(request.url ?? '')
    response.writeHead(400).end()
  })
  server.on('connection', (socket: Socket) => {
    connections.add(socket)
    socket.on('close', () => connections.delete(socket))
  })
  server.on('connect', (request, socket) => {
    tunnels.push({ authority: request.url ?? '', authorization: request.headers['proxy-authorization'] })
    socket.on('error', () => socket.destroy())
    if (answer === 'hang') {
      // Without reading, the end of the connection would go unnoticed.
      socket.on('end', () => socket.end()).resume()
      return
    }
    if (answer !== 200) {
      socket.end(`HTTP/1.1 ${answer} No\r\ncontent-length: 0\r\n\r\n`)
      return
    }
    const upstream = connect(upstreamPort, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      upstream.pipe(socket).pipe(upstream)
    })
    upstream.on('error', () => socket.destroy())
    socket.on('close', () => upstream.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    tunnels,
    plainRequests,
    connections,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of connections) socket.destroy()
      await closed
    },
  }
}
