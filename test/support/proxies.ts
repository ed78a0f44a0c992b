import { once } from 'node:events'
import * as http from 'node:http'
import * as https from 'node:https'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from './redis-server.js'

const MOST_UNDER_WAY = 1024 * 1024

/** A TCP proxy between a service and a dependency, which can be cut, delayed and redirected. */
export interface TcpProxy {
  readonly port: number
  /** `performance.now()` when bytes last came from the service's side; 0 for never. */
  readonly usedAt: number
  /** Redirects new connections to another port and closes the old ones. */
  leadTo(port: number): void
  /** Refuses connections, and resets the open ones. */
  refuse(): Promise<void>
  /** Resets the open connections; new ones are accepted. */
  cut(): void
  /** Accepts connections that stay open and carry nothing until `restore`. */
  holdUp(): void
  /** Delays everything, in either direction. */
  slowDown(ms: number): void
  /** Restores the start. Delayed data arrives. */
  restore(): Promise<void>
  close(): Promise<void>
}

/** Listens on loopback, by default on a free port, and forwards to `targetPort`. */
export async function startTcpProxy(
  targetPort: number,
  options: { readonly host?: string; readonly port?: number } = {},
): Promise<TcpProxy> {
  // Nothing else must take the port while the proxy does not listen.
  const { host = '127.0.0.1', port = await freePort() } = options
  const sockets = new Set<Socket>()
  let target = targetPort
  let latencyMs = 0
  let usedAt = 0
  let release: (() => void) | null = null
  let passage = Promise.resolve()
  let server = await listenAt({ host, port }, accept)

  function accept(near: Socket): void {
    const far = connect(target, '127.0.0.1')
    for (const [socket, other] of [[near, far] as const, [far, near] as const]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.once('close', () => sockets.delete(socket)).on('error', () => other.destroy())
      relay(socket, other)
    }
    near.on('data', () => {
      usedAt = performance.now()
    })
    // after a disconnect its delayed data is dropped
    near.once('close', () => far.destroy())
  }

  function relay(from: Socket, to: Socket): void {
    let arrived = Promise.resolve()
    let underWay = 0
    async function carry(chunk: Buffer, before: Promise<void>): Promise<void> {
      if (latencyMs > 0) await delay(latencyMs)
      await before
      await passage
      if (to.writable && !to.write(chunk)) await drained(to)
      underWay -= chunk.length
      from.resume()
    }
    from.on('data', (chunk: Buffer) => {
      underWay += chunk.length
      if (underWay > MOST_UNDER_WAY) from.pause()
      arrived = carry(chunk, arrived)
    })
    from.once('end', () => void arrived.then(() => to.end()))
  }

  const proxy: TcpProxy = {
    port,
    get usedAt() {
      return usedAt
    },
    leadTo(other) {
      target = other
      proxy.cut()
    },
    cut() {
      for (const socket of sockets) {
        // A reset right after `end()` fails with EINVAL; the socket would stay open and Node would never exit.
        if (socket.writableEnded) socket.destroy()
        else socket.resetAndDestroy()
      }
    },
    async refuse() {
      proxy.cut()
      if (server.listening) await new Promise((resolve) => server.close(resolve))
    },
    holdUp() {
      passage = new Promise((resolve) => {
        release = resolve
      })
    },
    slowDown(ms) {
      latencyMs = ms
    },
    async restore() {
      latencyMs = 0
      release?.()
      passage = Promise.resolve()
      if (target !== targetPort) proxy.leadTo(targetPort)
      if (!server.listening) server = await listenAt({ host, port }, accept)
    },
    async close() {
      release?.()
      await proxy.refuse()
    },
  }
  return proxy
}

/** Leaves no listener behind: a connection drains many times and closes once. */
async function drained(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      socket.off('drain', done).off('close', done)
      resolve()
    }
    socket.on('drain', done).on('close', done)
  })
}

async function listenAt(
  at: { readonly host: string; readonly port: number },
  accept: (socket: Socket) => void,
): Promise<Server> {
  const server = createServer(accept)
  server.listen(at)
  await once(server, 'listening')
  return server
}

export interface ConnectProxy {
  readonly port: number
  /** The CONNECT requests seen, in order. */
  readonly tunnels: readonly { readonly authority: string; readonly authorization: string | undefined }[]
  /** Everything else seen, which a tunnelling client should not send. */
  readonly plainRequests: readonly string[]
  readonly connections: ReadonlySet<Socket>
  close(): Promise<void>
}

export interface ConnectProxyOptions {
  /** The target of every tunnel, whatever name was requested. */
  readonly upstreamPort: number
  /** Answer to CONNECT; 200 opens the tunnel, `hang` never answers, `close` ends the connection. Default 200. */
  readonly answer?: number | 'hang' | 'close'
  /** Makes it an HTTPS proxy. */
  readonly tls?: { readonly key: string; readonly cert: string }
}

/** An HTTP proxy on a free loopback port that resolves every name to a port of this machine. */
export async function startConnectProxy({
  upstreamPort,
  answer = 200,
  tls,
}: ConnectProxyOptions): Promise<ConnectProxy> {
  const tunnels: { authority: string; authorization: string | undefined }[] = []
  const plainRequests: string[] = []
  const connections = new Set<Socket>()
  const refusePlain: http.RequestListener = (request, response) => {
    plainRequests.push(request.url ?? '')
    response.writeHead(400).end()
  }
  const server = tls ? https.createServer({ ...tls }, refusePlain) : http.createServer(refusePlain)
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
    if (answer === 'close') {
      socket.end()
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
