import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type BuiltService, buildService, useBuiltProcesses } from '../support/built-service.js'
import { startRedisServer, stopRedisServers } from '../support/redis-server.js'
import { useSimulator } from '../support/upstream.js'
import { waitFor } from '../support/wait-for.js'
import { begin, environmentFor, logLines, runService } from './run-service.js'

const run = useBuiltProcesses()
const simulator = useSimulator()
let built: BuiltService
beforeAll(async () => {
  built = await buildService()
})
afterAll(stopRedisServers)

const start = (environment: Record<string, string> = {}) =>
  runService(run, built, { ...environmentFor(simulator()), ...environment })

// A process start takes most of a test's time, so facts that need no separate process share one.

it('serves the explorer page if it is on, and logs a malformed request', async () => {
  const service = await start({ EXPLORER: 'on' })
  expect((await fetch(`${service.url}/`)).headers.get('content-type')).toContain('text/html')
  const socket = connect(Number(new URL(service.url).port), '127.0.0.1')
  socket.end('rubbish\r\n\r\n')
  await service.printed(/"status":400/)
  socket.destroy()
})

it('serves no explorer page if it is off, and warns about unknown variables', async () => {
  const service = await start({ EXPLORER: 'off', JWT_ISUER: 'leak', CACHE_TTL: 'leak', UNRELATED: 'leak' })
  expect((await fetch(`${service.url}/`)).status).toBe(404)
  const warnings = service.logs().filter(({ msg }) => msg === 'unknown variable')
  expect(warnings).toMatchObject([
    { level: 'warn', variable: 'JWT_ISUER', nearest: 'JWT_ISSUER' },
    { level: 'warn', variable: 'CACHE_TTL', nearest: expect.any(String) },
  ])
  expect(service.output() + service.errors()).not.toContain('leak')
})

describe('on SIGTERM', () => {
  it('is not ready immediately and goes on serving for SHUTDOWN_DELAY_MS', async () => {
    const service = await start({ SHUTDOWN_DELAY_MS: '4000' })
    expect((await fetch(`${service.url}/api/face-groups`)).status).toBe(200)
    expect((await fetch(`${service.adminUrl}/health/ready`)).status).toBe(200)
    service.stop('SIGTERM')
    await service.printed(/"msg":"shutting down"/)
    expect((await fetch(`${service.adminUrl}/health/ready`)).status).toBe(503)
    expect((await fetch(`${service.url}/health/ready`)).status).toBe(503)
    expect((await fetch(`${service.url}/health/live`)).status).toBe(200)
    expect((await fetch(`${service.url}/api/face-groups`)).status).toBe(200)
    expect(await service.exitCode).toBe(0)
  })

  it('finishes a request that waits for the vendor, and closes its connection', async () => {
    simulator().set({ kind: 'normal', delayMs: 2000 })
    const service = await start()
    const { answer } = await begin(service, '/api/face-groups')
    service.stop('SIGTERM')
    expect(await answer).toMatchObject({ status: 200, connection: 'close', body: { page: { total: 3 } } })
    expect(await service.exitCode).toBe(0)
    expect(service.logs().at(-1)).toMatchObject({ msg: 'drained' })
  })

  it('answers a request that would wait too long with shutting_down, and releases its lease, within the grace period', async () => {
    simulator().set('hang')
    const redis = await startRedisServer()
    const service = await start({ REDIS_URL: redis.url, SHUTDOWN_GRACE_MS: '5000' })
    const { answer } = await begin(service, '/api/face-groups')
    const leases = () => redis.cli('KEYS', '{face-groups}:*:lease')
    await waitFor(async () => (await leases()) !== '' || null)
    service.stop('SIGTERM')
    const { status, connection, body } = await answer
    expect({ status, connection, code: body['code'] }).toEqual({
      status: 503,
      connection: 'close',
      code: 'shutting_down',
    })
    expect(await service.exitCode).toBe(0)
    // Answered at the last moment, and still logged.
    expect(service.logs().at(-2)).toMatchObject({ level: 'audit', problem: 'shutting_down' })
    expect(await leases()).toBe('')
  })

  it('waits neither for idle connections nor for a hanging Redis', async () => {
    const redis = await startRedisServer()
    const service = await start({ REDIS_URL: redis.url, SHUTDOWN_GRACE_MS: '600000' })
    const idle = connect(Number(new URL(service.url).port), '127.0.0.1')
    await once(idle, 'connect')
    const { answer } = await begin(service, '/health/live')
    expect(await answer).toMatchObject({ status: 200, connection: 'keep-alive' })
    redis.suspend()
    service.stop('SIGTERM')
    expect(await service.exitCode).toBe(0)
    idle.destroy()
  })

  it.each(['SIGINT', 'SIGHUP'] as const)(
    'and on %s drains in the same way, whatever signals follow',
    async (signal) => {
      simulator().set({ kind: 'normal', delayMs: 1000 })
      const service = await start()
      const { answer } = await begin(service, '/api/face-groups')
      service.stop(signal)
      await service.printed(/shutting down/)
      service.stop('SIGTERM')
      service.stop('SIGINT')
      expect(await answer).toMatchObject({ status: 200, connection: 'close' })
      expect(await service.exitCode).toBe(0)
      expect(service.logs().filter(({ msg }) => msg === 'shutting down')).toMatchObject([{ signal }])
      expect(service.logs().at(-1)).toMatchObject({ msg: 'drained' })
    },
  )

  it('exits in the middle of its start, too', async () => {
    const redis = createTcpServer((socket) => socket.on('error', () => {}).resume())
    redis.listen(0, '127.0.0.1')
    await once(redis, 'listening')
    const { port } = redis.address() as AddressInfo
    const REDIS_URL = `redis://127.0.0.1:${port}`
    const starting = run(built.entryPoint('main.js'), [], { ...environmentFor(simulator()), REDIS_URL })
    await once(redis, 'connection')
    starting.stop('SIGTERM')
    expect(await starting.exitCode).toBe(0)
    expect(logLines(starting.output()).map(({ msg }) => msg)).not.toContain('listening')
    redis.close()
  })
})

describe('a service that cannot start', () => {
  it('exits with 78 and every configuration fault, without listening', async () => {
    const faults = { HOST: '192.0.2.1', CACHE_TTL_SECONDS: 'soon', AUTH_MODE: 'jwt' }
    const environment = { ...environmentFor(simulator()), ...faults }
    const service = run(built.entryPoint('main.js'), [], environment)
    expect(await service.exitCode).toBe(78)
    const lines = service.errors().trimEnd().split('\n')
    expect(lines.every((line) => line.startsWith('configuration: '))).toBe(true)
    expect(lines.filter((line) => line.startsWith('configuration: HOST '))).toHaveLength(1)
    for (const name of ['CACHE_TTL_SECONDS', 'JWT_ISSUER', 'JWT_AUDIENCE']) expect(lines.join('\n')).toContain(name)
    expect(service.output()).toBe('')
  })

  it('writes each fault as a JSON line in production', async () => {
    const secrets = { FINAUTH_API_KEY: 'leak & key', REDIS_URL: 'leak://user:password' }
    const environment = {
      ...environmentFor(simulator()),
      ...secrets,
      NODE_ENV: 'production',
      HOST: 'nowhere.invalid',
      PORT: 'x',
      LOG_LEVEL: 'silent',
    }
    const service = run(built.entryPoint('main.js'), [], environment)
    expect(await service.exitCode).toBe(78)
    const lines = service.errors().trimEnd().split('\n')
    const faults = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
    for (const variable of ['HOST', 'PORT', 'AUTH_MODE', 'FINAUTH_API_KEY', 'REDIS_URL']) {
      const detail = expect.stringMatching(new RegExp(`^${variable} .+\\.$`)) as string
      const fault = { level: 'fatal', msg: 'configuration invalid', variable, detail }
      expect(faults.filter((line) => line['variable'] === variable)).toMatchObject([fault])
    }
    expect(service.errors()).not.toContain('leak')
    expect(service.output()).toBe('')
  })

  it('explains what to run if nothing is built', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'face-groups-unbuilt-'))
    await Promise.all(['package.json', 'scripts'].map((name) => cp(name, join(folder, name), { recursive: true })))
    const start = promisify(execFile)('npm', ['start'], { cwd: folder })
    await expect(start).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('npm run build') })
    await rm(folder, { recursive: true })
  })

  it.each(['PORT', 'ADMIN_PORT'])('exits with 1 if %s is in use, and logs it', async (variable) => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const environment = { ...environmentFor(simulator()), [variable]: String(port), SHUTDOWN_DELAY_MS: '60000' }
    const service = run(built.entryPoint('main.js'), [], environment)
    expect(await service.exitCode).toBe(1)
    const fatal = logLines(service.output()).filter(({ level }) => level === 'fatal')
    expect(fatal).toMatchObject([{ msg: 'cannot listen', port, error: { code: 'EADDRINUSE' } }])
    other.close()
  })
})

describe('an unhandled error', () => {
  const faultOnSignal = (fault: string) => {
    const module = `process.on('SIGUSR2', () => { ${fault} })`
    return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(module)}` }
  }

  it.each([
    ['rejection', 'Promise.reject(new RangeError("hu" + "sh"))'],
    ['exception', 'setImmediate(() => { throw new RangeError("hu" + "sh") })'],
  ])('(%s) is logged without its message, drains, and exits with 1', async (_kind, fault) => {
    simulator().set({ kind: 'normal', delayMs: 2000 })
    const service = await start(faultOnSignal(fault))
    const { answer } = await begin(service, '/api/face-groups')
    service.stop('SIGUSR2')
    expect(await answer).toMatchObject({ status: 200, connection: 'close' })
    expect(await service.exitCode).toBe(1)
    const fatal = service.logs().filter(({ level }) => level === 'fatal')
    expect(fatal).toMatchObject([{ msg: 'unhandled error, shutting down', error: { kind: 'RangeError' } }])
    expect(service.output() + service.errors()).not.toContain('hush')
    expect(service.logs().at(-1)).toMatchObject({ msg: 'drained' })
  })

  it('during the drain sets the exit code to 1 as well', async () => {
    const service = await start({ ...faultOnSignal('Promise.reject(1)'), SHUTDOWN_DELAY_MS: '2000' })
    service.stop('SIGTERM')
    await service.printed(/shutting down/)
    service.stop('SIGUSR2')
    expect(await service.exitCode).toBe(1)
  })
})

it('survives a log reader that exits', async () => {
  const service = await start()
  service.closeOutput()
  for (let call = 0; call < 20; call += 1) {
    expect((await fetch(`${service.url}/api/face-groups`)).status).toBe(200)
  }
  service.stop('SIGTERM')
  expect(await service.exitCode).toBe(0)
  expect(service.errors()).toMatch(/^\d+ log lines lost\n$/)
})
