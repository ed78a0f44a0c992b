// A process with many clients: too many for the test process.
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** The number of answers by status. */
const statuses = {}

const behaviours = {
  async slowly(socket, { request }) {
    for (const character of request) {
      if (socket.destroyed) return
      socket.write(character)
      await delay(500)
    }
  },
  halfOpen: (socket, { request }) => socket.pause().end(request.slice(0, -2)),
  unread: (socket, { request }) => socket.pause().write(request.repeat(20)),
  goneInTheMiddle(socket, { request }) {
    socket.write(request)
    socket.once('data', () => socket.resetAndDestroy())
  },
  ask(socket, { request }) {
    socket.once('data', (chunk) => {
      const status = /^HTTP\/1\.1 (\d{3})/.exec(chunk.toString('latin1'))?.[1] ?? 'none'
      statuses[status] = (statuses[status] ?? 0) + 1
    })
    socket.write(request)
  },
  /** Sends nothing and reconnects whenever it is disconnected. */
  async cling(socket, options) {
    if (!socket.destroyed) {
      socket.resume().once('end', () => socket.destroy())
      await once(socket, 'close')
    }
    await delay(50)
    void behaviours.cling(open(options.port), options)
  },
}

function open(port) {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  return socket.on('error', () => socket.destroy())
}

process.once('message', async (options) => {
  const sockets = []
  while (sockets.length < options.count) {
    const some = Array.from({ length: Math.min(200, options.count - sockets.length) }, () => open(options.port))
    await Promise.all(some.map((socket) => once(socket, 'connect')))
    sockets.push(...some)
  }
  process.send('connected')
  process.on('message', () => process.send(statuses))
  for (const socket of sockets) void behaviours[options.behaviour](socket, options)
})
process.once('disconnect', () => process.exit())
