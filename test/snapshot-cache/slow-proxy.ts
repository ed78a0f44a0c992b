import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

const PIECE_BYTES = 16_384

export interface SlowProxy {
  readonly port: number
  /** Sets the bandwidth in bytes per second in each direction, for all connections together. */
  setRate(bytesPerSecond: number): void
  close(): void
}

/** A TCP proxy with low bandwidth, shared evenly by its connections. */
export async function startSlowProxy(targetPort: number, bytesPerSecond: number): Promise<SlowProxy> {
  const sockets = new Set<Socket>()
  let rate = bytesPerSecond

  function direction() {
    let line = Promise.resolve()
    let freeAt = 0
    return function pass(bytes: number): Promise<void> {
      const before = line
      async function next(): Promise<void> {
        await before
        freeAt = Math.max(freeAt, performance.now()) + (bytes / rate) * 1000
        const wait = freeAt - performance.now()
        // timers are coarse: short waits are added to the next pieces
        if (wait > 5) await delay(wait)
      }
      line = next()
      return line
    }
  }
  const [up, down] = [direction(), direction()]

  async function relay(from: Socket, to: Socket, pass: (bytes: number) => Promise<void>): Promise<void> {
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
          const piece = chunk.subarray(at, at + PIECE_BYTES)
          await pass(piece.length)
          if (!to.write(piece)) await Promise.race([once(to, 'drain'), once(to, 'close')])
        }
      }
      to.end()
    } catch {
      to.destroy()
    }
  }

  const server = createServer((near) => {
    const far = connect(targetPort, '127.0.0.1')
    for (const socket of [near, far]) {
      socket.setNoDelay(true)
      sockets.add(socket)
      socket.on('error', () => {})
      socket.once('close', () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    void relay(near, far, up)
    void relay(far, near, down)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    setRate(bytesPerSecond) {
      rate = bytesPerSecond
    },
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
