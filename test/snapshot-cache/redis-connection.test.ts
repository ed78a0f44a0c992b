import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { fixedSecret } from '../../src/secret.js'
import {
  openRedisSession,
  type RedisConnectionOptions,
  type RedisSession,
} from '../../src/snapshot-cache/redis-connection.js'
import { type RedisServer, startRedisServer, stopRedisServers } from '../support/redis-server.js'
import { waitFor } from '../support/wait-for.js'
import { openStore, recordEvents } from './fixtures.js'

// The commands sent at the beginning of a session, whatever the server is.

type Answer = (command: readonly string[], port: number) => string | null

const open: { destroy(): void }[] = []

afterEach(() => {
  for (const thing of open.splice(0)) thing.destroy()
})

const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`

/** Acts as any server that is asked for: a master, its sentinel, a cluster of one node. */
const obliging: Answer = ([name, detail], port) => {
  if (name === 'sentinel' && detail === 'get-master-addr-by-name')
    return `*2\r\n${bulk('127.0.0.1')}${bulk(String(port))}`
  if (name === 'sentinel') return '*0\r\n'
  if (name === 'cluster') return `*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n${bulk('127.0.0.1')}:${port}\r\n`
  return '+OK\r\n'
}

async function startListener({ answer = obliging, host = '127.0.0.1' }: { answer?: Answer; host?: string } = {}) {
  const commands: string[][] = []
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      for (const command of commandsIn(bytes.toString('latin1'))) {
        commands.push(command)
        const reply = answer(command, port)
        if (reply !== null) socket.write(reply)
      }
    })
  })
  server.listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const drop = () => {
    for (const socket of sockets) socket.destroy()
  }
  open.push({
    destroy() {
      drop()
      server.close()
    },
  })
  return { port, commands, drop, connections: sockets }
}

/** The commands of a pipeline, in RESP. */
function commandsIn(text: string): string[][] {
  return text
    .split(/^\*\d+\r\n/m)
    .slice(1)
    .map((command) => command.split('\r\n').filter((_, index) => index % 2 === 1))
    .map(([name = '', ...rest]) => [name.toLowerCase()].concat(rest))
}

async function begin(
  options: Partial<RedisConnectionOptions> & Pick<RedisConnectionOptions, 'topology'>,
): Promise<RedisSession> {
  const session = await openRedisSession({ keyPrefix: 'p', ...options })
  open.push(session)
  return session
}

const standalone = (url: string) => ({ kind: 'standalone', url: fixedSecret(url) }) as const
const said = (commands: readonly string[][]) => [...new Set(commands.map((command) => command.join(' ')))]

describe('a session with one server', () => {
  it.each([
    ['', []],
    ['/', []],
    ['/0', []],
    ['/3', ['select 3']],
  ])('selects the database of the URL: %j', async (path, expected) => {
    const { port, commands } = await startListener()
    await begin({ topology: standalone(`redis://127.0.0.1:${port}${path}`) })
    expect(said(commands)).toEqual(expected)
  })

  it('authenticates with user and password of the URL, decoded', async () => {
    const { port, commands } = await startListener()
    await begin({ topology: standalone(`redis://us%2Fer:p%40ss@127.0.0.1:${port}`) })
    expect(said(commands)).toEqual(['auth us/er p@ss'])
  })

  it('authenticates with the configured user and password, unless the URL has its own', async () => {
    const { port, commands } = await startListener()
    const beside = { username: 'one', password: fixedSecret('secret') }
    await begin({ topology: standalone(`redis://127.0.0.1:${port}`), ...beside })
    await begin({ topology: standalone(`redis://other:own@127.0.0.1:${port}`), ...beside })
    expect(said(commands)).toEqual(['auth one secret', 'auth other own'])
  })

  it('supports an IPv6 address', async () => {
    const { port, connections } = await startListener({ host: '::1' })
    await begin({ topology: standalone(`redis://[::1]:${port}`) })
    await waitFor(() => connections.size === 2 || null)
  })

  it('uses separate connections for commands and notifications', async () => {
    const { port, commands } = await startListener({
      answer: ([name]) => (name === 'subscribe' ? `*3\r\n${bulk('subscribe')}${bulk('c')}:1\r\n` : '+PONG\r\n'),
    })
    const session = await begin({ topology: standalone(`redis://127.0.0.1:${port}`) })
    expect(await session.call('PING', ['a', 1, Buffer.from('b')])).toEqual(Buffer.from('PONG'))
    await session.subscribe('c', () => {})
    expect(commands).toEqual([
      ['ping', 'a', '1', 'b'],
      ['subscribe', 'c'],
    ])
  })

  it('is lost with either connection, with a reason', async () => {
    const { port, drop } = await startListener()
    const session = await begin({ topology: standalone(`redis://127.0.0.1:${port}`) })
    drop()
    expect(await session.lost).toBe('connection_closed')
  })

  it('leaves no connection behind after destroy', async () => {
    const { port, connections } = await startListener()
    const session = await begin({ topology: standalone(`redis://127.0.0.1:${port}`) })
    await waitFor(() => connections.size === 2 || null)
    const closed = [...connections].map((socket) => once(socket, 'close'))
    session.destroy()
    await Promise.all(closed)
  })

  it('reports why it cannot begin, and leaves no connection behind', async () => {
    const { port, connections } = await startListener({ answer: () => '-WRONGPASS of somebody\r\n' })
    const beginning = begin({ topology: standalone(`redis://u:p@127.0.0.1:${port}`) })
    await expect(beginning).rejects.toMatchObject({ name: 'StoreUnavailableError', reason: 'wrongpass' })
    await waitFor(() => [...connections].every((socket) => socket.closed) || null)
  })

  it('times out with a server that does not answer', async () => {
    const { port } = await startListener({ answer: () => null })
    const beginning = begin({ topology: standalone(`redis://u:p@127.0.0.1:${port}`) })
    await expect(beginning).rejects.toMatchObject({ reason: 'timeout' })
  })
})

it('a session via a sentinel asks it for the master of that name', async () => {
  const { port, commands } = await startListener()
  const topology = { kind: 'sentinel', nodes: [{ host: '127.0.0.1', port }], name: 'the-master' } as const
  await begin({ topology, password: fixedSecret('of the master') })
  expect(said(commands)).toEqual(
    expect.arrayContaining(['sentinel get-master-addr-by-name the-master', 'auth of the master']),
  )
})

it('a session with a cluster asks a node for the slots', async () => {
  const { port, commands } = await startListener()
  await begin({ topology: { kind: 'cluster', nodes: [{ host: '127.0.0.1', port }] }, password: fixedSecret('word') })
  expect(said(commands)).toEqual(expect.arrayContaining(['auth word', 'cluster SLOTS']))
})

it('a session uses TLS according to the scheme of the URL', async () => {
  const greetings: number[] = []
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', (bytes) => {
      greetings.push(bytes[0]!)
      socket.destroy()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push({ destroy: () => server.close() })
  const { port } = server.address() as AddressInfo
  await expect(begin({ topology: standalone(`rediss://127.0.0.1:${port}`) })).rejects.toMatchObject({
    name: 'StoreUnavailableError',
  })
  const tlsHandshake = 0x16
  expect(new Set(greetings)).toEqual(new Set([tlsHandshake]))
})

describe('a database that cannot be selected', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await startRedisServer()
    const rules = ['on', '>pw', '~*', '&*', '+@all', '-select']
    await redis.cli('ACL', 'SETUSER', 'unselecting', 'reset', ...rules)
  })
  afterAll(stopRedisServers)

  it.each([
    ['does not exist', (at: string) => `redis://${at}/99`, 'no_such_database'],
    ['is not a number', (at: string) => `redis://${at}/abc`, 'no_such_database'],
    ['may not be selected', (at: string) => `redis://unselecting:pw@${at}/3`, 'noperm'],
  ])('because it %s makes Redis unavailable, and is never database 0', async (_, urlAt, reason) => {
    const url = urlAt(`127.0.0.1:${redis.port}`)
    await expect(begin({ topology: standalone(url) })).rejects.toMatchObject({ name: 'StoreUnavailableError', reason })
    const events = recordEvents()
    const store = openStore({ url, keyPrefix: 'p', events })
    open.push({ destroy: () => void store.close() })
    await store.open(() => {})
    expect(store.available()).toBe(false)
    expect(events.storeStates).toEqual([{ up: false, reason }])
    expect(await redis.cli('KEYS', '*')).toBe('')
  })

  it('is not needed: a user without the permission for SELECT connects if the URL has no database', async () => {
    await begin({ topology: standalone(`redis://unselecting:pw@127.0.0.1:${redis.port}`) })
  })
})
