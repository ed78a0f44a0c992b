import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs'
import { connect, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { useBuiltProcesses, type BuiltService, buildService } from '../support/built-service.js'
import { waitFor } from '../support/wait-for.js'
import { useSimulator } from '../support/upstream.js'
import { environmentFor, logLines, runService, type ServiceProcess } from './run-service.js'

const run = useBuiltProcesses()
const simulator = useSimulator()
let built: BuiltService
beforeAll(async () => {
  built = await buildService()
})

/** More log lines than a pipe and its reader buffer without being read. */
const many = 2000

/** Sends all requests over one connection, without waiting for answers, and reads the answers. */
async function ask(url: string, times: number): Promise<void> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  const request = (connection: string) => `GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: ${connection}\r\n\r\n`
  socket.end(request('keep-alive').repeat(times - 1) + request('close'))
  await once(socket.resume(), 'close')
}

async function startUnread(environment: Record<string, string>): Promise<ServiceProcess> {
  const service = await runService(run, built, { ...environmentFor(simulator()), ...environment })
  service.pauseOutput()
  await ask(service.url, many)
  return service
}

const isGone = (url: string) =>
  fetch(url).then(
    () => false,
    () => true,
  )

describe('a full pipe without a reader', () => {
  it('ends with the grace period, and the lost lines are counted', async () => {
    const service = await startUnread({ SHUTDOWN_GRACE_MS: '2000' })
    service.stop('SIGTERM')
    expect(await service.exited).toBe(0)
    service.resumeOutput()
    await service.exitCode
    const [, lost] = /^(\d+) log lines lost\n$/.exec(service.errors()) ?? []
    const requests = service.logs().filter(({ route }) => route === '/health/live')
    expect(Number(lost) + requests.length).toBeGreaterThanOrEqual(many)
  })

  it('ends also after an unhandled error', async () => {
    const module = `process.on('SIGUSR2', () => { throw new Error('test') })`
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(module)}`
    const service = await startUnread({ SHUTDOWN_GRACE_MS: '2000', NODE_OPTIONS })
    service.stop('SIGUSR2')
    expect(await service.exited).toBe(1)
  })

  it('loses nothing if it is read again before the grace period is over', async () => {
    const service = await startUnread({})
    service.stop('SIGTERM')
    await waitFor(async () => ((await isGone(service.url)) ? true : null), { timeoutMs: 30_000 })
    service.resumeOutput()
    expect(await service.exitCode).toBe(0)
    expect(service.logs().filter(({ route }) => route === '/health/live')).toHaveLength(many)
    expect(service.logs().at(-1)).toMatchObject({ msg: 'drained' })
    expect(service.errors()).toBe('')
  })
})

it('reports the lines lost by an exited reader to the next reader', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'face-groups-log-'))
  const pipe = join(folder, 'pipe')
  await promisify(execFile)('mkfifo', [pipe])
  function openReader() {
    const socket = new Socket({ fd: openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK), writable: false })
    let text = ''
    socket.on('data', (piece: Buffer) => (text += piece.toString()))
    return { socket, logs: () => logLines(text.slice(0, text.lastIndexOf('\n') + 1)) }
  }
  const first = openReader()
  const output = openSync(pipe, 'w')
  const main = built.entryPoint('main.js')
  const env = environmentFor(simulator())
  const child = spawn(process.execPath, [main], { cwd: dirname(main), env, stdio: ['ignore', output, 'inherit'] })
  closeSync(output)
  const found = (reader: typeof first, msg: string) => reader.logs().find((line) => line['msg'] === msg) ?? null
  try {
    const { port, adminPort } = await waitFor(() => found(first, 'listening'), { timeoutMs: 30_000 })
    first.socket.destroy()
    await once(first.socket, 'close')
    const url = `http://127.0.0.1:${Number(port)}`
    let asked = 0
    const askMore = async (times: number) => {
      await ask(url, times)
      asked += times
    }
    // More lines than the service buffers, so that some are written, and lost, before the second reader arrives. The
    // access log is written a moment after the answers, but before the metrics are.
    await askMore(500)
    await (await fetch(`http://127.0.0.1:${Number(adminPort)}/metrics`)).text()
    const second = openReader()
    const report = await waitFor(
      async () => {
        await askMore(50)
        return found(second, 'log lines lost')
      },
      { timeoutMs: 30_000 },
    )
    expect(report).toMatchObject({ level: 'error' })
    const seen = () => second.logs().filter(({ route }) => route === '/health/live').length
    await waitFor(() => (Number(report['lines']) + seen() >= asked ? true : null), { timeoutMs: 30_000 })
  } finally {
    child.kill('SIGTERM')
    await once(child, 'exit')
    rmSync(folder, { recursive: true })
  }
})
