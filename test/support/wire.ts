import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

const MOST_UNDER_WAY = 1024 * 1024

/** A TCP connection's way from a service to what it depends on, which can be cut, held up and led elsewhere. */
export interface Wire {
  readonly port: number
  /** `performance.now()` when bytes last came from the service's side; 0 for never. */
  readonly usedAt: number
  /** Leads new connections to another port; the old ones end. */
  leadTo(port: number): void
  /** Connections are refused, and those that stand are reset. */
  refuse(): Promise<void>
  /** Resets the connections that stand; new ones are welcome. */
  cut(): void
  /** Connections are accepted, stay open, and carry nothing until `restore`. */
  holdUp(): void
  /** Whatever is sent, in either direction, arrives so much later. */
  slowDown(ms: number): void
  /** As it was at the start. What was held up arrives. */
  restore(): Promise<void>
  close(): Promise<void>
}

/** Listens on a free loopback port and leads to `targetPort`. */
export async function openWire(targetPort: number): Promise<Wire> {
  const sockets = new Set<Socket>()
  let target = targetPort
  let latencyMs = 0
  let usedAt = 0
  let release: (() => void) | null = null
  let passage = Promise.resolve()
  let server = await listenAt(0, accept)
  const { port } = server.address() as AddressInfo

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
    // who has hung up asks no more: what is still held up of it is lost
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

  const wire: Wire = {
    port,
    get usedAt() {
      return usedAt
    },
    leadTo(other) {
      target = other
      wire.cut()
    },
    cut() {
      for (const socket of sockets) socket.resetAndDestroy()
    },
    async refuse() {
      wire.cut()
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
      if (target !== targetPort) wire.leadTo(targetPort)
      if (!server.listening) server = await listenAt(port, accept)
    },
    async close() {
      release?.()
      await wire.refuse()
    },
  }
  return wire
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

async function listenAt(port: number, accept: (socket: Socket) => void): Promise<Server> {
  const server = createServer(accept)
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}
