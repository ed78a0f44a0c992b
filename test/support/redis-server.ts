import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { waitFor } from './wait-for.js'

const run = promisify(execFile)
const running = new Set<RedisServer>()

export interface RedisServer {
  readonly host: string
  readonly port: number
  readonly url: string
  /** One command through redis-cli; resolves with its raw output, trimmed. */
  cli(...args: string[]): Promise<string>
  /** Kills the process like a crash. */
  kill(): Promise<void>
  /** Starts an empty server on the same port. */
  restart(): Promise<void>
  suspend(): void
  resume(): void
  /** Kills the process and removes its directory. */
  stop(): Promise<void>
}

export interface RedisServerOptions {
  /** Lines of redis.conf beyond the port and directory. */
  readonly config?: readonly string[]
  readonly sentinel?: boolean
  /** Arguments for redis-cli, e.g. credentials. */
  readonly cliArgs?: readonly string[]
  readonly tls?: boolean
}

/** Starts a real redis-server on a free loopback port, in a separate directory, without persistence. */
export async function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await launch(await freePort(), options)
    } catch (error) {
      // another process may have taken the port between choosing and binding
      if (attempt === 5) throw error
    }
  }
}

/** Stops every server that this test file has left running. */
export async function stopRedisServers(): Promise<void> {
  await Promise.all([...running].map((server) => server.stop()))
}

/** Jest's workers choose from separate ranges, which start here. */
const firstPort = 10_000
const portsPerWorker = 1_250
const firstOfWorker = firstPort + (Number(process.env['JEST_WORKER_ID'] ?? 0) % 8) * portsPerWorker
let lastOffset = Math.floor(Math.random() * portsPerWorker)

/**
 * A loopback port on which nothing listens. It is below the ports that operating systems give to connections and to
 * servers that let them choose, so it stays free. So does the port 10,000 above, which a cluster node binds as well.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    lastOffset = (lastOffset + 1) % portsPerWorker
    const port = firstOfWorker + lastOffset
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    )
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

async function launch(port: number, options: RedisServerOptions): Promise<RedisServer> {
  const directory = await mkdtemp(join(tmpdir(), 'face-groups-redis-'))
  const file = join(directory, 'redis.conf')
  const lines = [
    options.tls === true ? `port 0\ntls-port ${port}` : `port ${port}`,
    'bind 127.0.0.1',
    `dir ${directory}`,
    'save ""',
    'appendonly no',
    ...(options.config ?? []),
  ]
  await writeFile(file, `${lines.join('\n')}\n`)
  let child: ChildProcess

  async function start(): Promise<void> {
    child = spawn('redis-server', [file, ...(options.sentinel === true ? ['--sentinel'] : [])], { stdio: 'ignore' })
    let failure: Error | null = null
    child.once('error', (error) => {
      failure = error
    })
    child.once('exit', (code) => {
      failure ??= new Error(`redis-server exited with ${code}`)
    })
    await waitFor(
      () => {
        if (failure !== null) throw failure
        return acceptsConnections(port)
      },
      { intervalMs: 10 },
    )
  }
  async function end(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGCONT')
    child.kill('SIGKILL')
    await ended
  }

  const server: RedisServer = {
    host: '127.0.0.1',
    port,
    url: `${options.tls === true ? 'rediss' : 'redis'}://127.0.0.1:${port}`,
    async cli(...args) {
      const all = ['-h', '127.0.0.1', '-p', String(port), ...(options.cliArgs ?? []), ...args]
      return (await run('redis-cli', all)).stdout.trim()
    },
    kill: end,
    restart: start,
    suspend: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async stop() {
      running.delete(server)
      await end()
      await rm(directory, { recursive: true, force: true })
    },
  }
  try {
    await start()
  } catch (error) {
    await rm(directory, { recursive: true, force: true })
    throw error
  }
  running.add(server)
  return server
}

/** Whether something listens on a port of this machine. */
export function acceptsConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

const everything = `
  local found = {}
  for _, key in ipairs(redis.call('KEYS', '*')) do
    local type = redis.call('TYPE', key).ok
    table.insert(found, key)
    if type == 'string' then table.insert(found, redis.call('GET', key))
    elseif type == 'hash' then table.insert(found, redis.call('HGETALL', key))
    else table.insert(found, redis.call('DUMP', key)) end
  end
  return found`

/** The key of the copy in `redis`, whose name contains the account's digest; a non-existent key if there is no copy. */
export async function copyKey(redis: { cli(...args: string[]): Promise<string> }): Promise<string> {
  const [found] = (await redis.cli('KEYS', '{face-groups}:*:snapshot').catch(() => '')).split('\n')
  return found || '{face-groups}:nobody:snapshot'
}

/** Every key and value of the Redis at `url`, as Latin-1 text; empty if it is unavailable. */
export async function redisContents(url: string): Promise<string> {
  const args = ['--raw', '--no-auth-warning', '-u', url, 'EVAL', everything, '0']
  try {
    return (await promisify(execFile)('redis-cli', args, { encoding: 'latin1', maxBuffer: 2 ** 28, timeout: 2000 }))
      .stdout
  } catch {
    return ''
  }
}
