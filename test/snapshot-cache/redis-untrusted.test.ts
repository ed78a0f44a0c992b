import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { fixedSecret } from '../../src/secret.js'
import { openRedisSession, type RedisNode } from '../../src/snapshot-cache/redis-connection.js'
import { createCertificate } from '../support/certificates.js'
import { waitFor } from '../support/wait-for.js'

// A handshake that fails twice at the client: by the certificate, then by an invalid record in the same packet. jest
// fails a test in which an error has no listener, as Node would end the process.

const unreadableRecord = Buffer.concat([Buffer.from('1703030020', 'hex'), Buffer.alloc(32)])
const servers: Server[] = []
const sockets = new Set<Socket>()
const directory = mkdtempSync(join(tmpdir(), 'face-groups-'))
const caFile = join(directory, 'ca.pem')

beforeAll(() => writeFileSync(caFile, createCertificate('another-ca.test').cert))

afterAll(() => {
  for (const socket of sockets) socket.destroy()
  for (const server of servers) server.close()
  rmSync(directory, { recursive: true })
})

async function listen(server: Server): Promise<RedisNode> {
  servers.push(server)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
}

async function startUntrusted() {
  let handshakes = 0
  const tls = createTlsServer({ ...createCertificate('redis.test'), minVersion: 'TLSv1.3' })
  tls.on('tlsClientError', () => {})
  const behind = await listen(tls)
  const node = await listen(
    createServer((near) => {
      const far = connect(behind.port, behind.host)
      near.pipe(far).on('error', () => near.destroy())
      near.once('close', () => far.destroy())
      far.once('data', (first: Buffer) => {
        handshakes += 1
        near.write(Buffer.concat([first, unreadableRecord]))
      })
    }),
  )
  return { node, handshakes: () => handshakes }
}

it.each([
  ['alone', ({ port }: RedisNode) => ({ kind: 'standalone', url: fixedSecret(`rediss://127.0.0.1:${port}`) }) as const],
  ['as a sentinel', (node: RedisNode) => ({ kind: 'sentinel', nodes: [node], name: 'master' }) as const],
  ['in a cluster', (node: RedisNode) => ({ kind: 'cluster', nodes: [node] }) as const],
])('only the session fails with an untrusted server %s', async (_, topologyOf) => {
  const { node, handshakes } = await startUntrusted()
  // On a busy machine an attempt may time out before its handshake.
  await waitFor(async () => {
    const opening = openRedisSession({ topology: topologyOf(node), tlsCaFile: caFile, keyPrefix: 'p' })
    await expect(opening).rejects.toMatchObject({ name: 'StoreUnavailableError' })
    return handshakes() > 0 || null
  })
})
