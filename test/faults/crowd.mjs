// A process full of clients: so many that they would keep whoever runs the test from its own work.
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

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
  ask: (socket, { request }) => socket.resume().write(request),
}

process.once('message', async (crowd) => {
  const sockets = []
  while (sockets.length < crowd.count) {
    const some = Array.from({ length: Math.min(200, crowd.count - sockets.length) }, () => {
      const socket = connect({ port: crowd.port, host: '127.0.0.1', allowHalfOpen: true })
      return socket.on('error', () => socket.destroy())
    })
    await Promise.all(some.map((socket) => once(socket, 'connect')))
    sockets.push(...some)
  }
  process.send('connected')
  for (const socket of sockets) void behaviours[crowd.behaviour](socket, crowd)
})
process.once('disconnect', () => process.exit())
