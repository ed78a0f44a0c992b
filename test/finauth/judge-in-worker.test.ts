import { execFile } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { judgeAnswer } from '../../src/finauth/answer.js'
import { judgeInWorker, type Verdicted } from '../../src/finauth/judge-in-worker.js'
import { generateLibraries } from '../../src/simulator/generated-libraries.js'
import { groupsOf } from '../face-groups/ask.js'
import { type BuiltService, buildService } from '../support/built-service.js'

const run = promisify(execFile)

const neverAborts = new AbortController().signal

const head = { httpStatus: 200, headers: {} }

describe('a large answer', () => {
  let built: BuiltService
  beforeAll(async () => {
    built = await buildService()
  })
  afterAll(() => built.remove())

  it.each([
    ['a long list', listOf(3000)],
    ['a list with records that cannot be read', listOf(3000).replaceAll('"model_version":"s21"', '"model_version":21')],
    ['an error', JSON.stringify({ error: 'INTERNAL_ERROR', padding: 'x'.repeat(600_000) })],
    ['no JSON', 'x'.repeat(600_000)],
  ])('is judged in a thread as it is without: %s', async (_what, body) => {
    expect(await judgedByThread(built, body)).toEqual(plain(judgeAnswer({ ...head, body: Buffer.from(body) })))
  })

  it('is given up when the call is, thread and all', async () => {
    const answer = { ...head, pieces: [Buffer.from(listOf(3000))] }
    const judged = await judgeInWorker(answer, AbortSignal.abort())
    expect(judged).toMatchObject({ kind: 'failure', failure: { diagnosis: 'unparseable' } })
  })

  it('is judged without a thread where none can be started', async () => {
    const body = Buffer.from(listOf(3000))
    const judged = await judgeInWorker({ ...head, pieces: [body] }, neverAborts)
    expect(withPlainGroups(judged)).toEqual(judgeAnswer({ ...head, body }))
  })
})

function listOf(count: number): string {
  return JSON.stringify({ request_id: 'r1', time_used: 1, group_infos: generateLibraries(count) })
}

/** By the service as built, where the thread's own file exists; fails where the process did not start a thread. */
async function judgedByThread(built: BuiltService, body: string): Promise<unknown> {
  const script = `
    const { judgeInWorker } = await import(${JSON.stringify(pathToFileURL(built.entryPoint('finauth/judge-in-worker.js')).href)})
    let threads = 0
    process.on('worker', () => (threads += 1))
    const judged = await judgeInWorker({ httpStatus: 200, headers: {}, pieces: await process.stdin.toArray() }, new AbortController().signal)
    if (threads !== 1) throw new Error('no thread was started')
    const list = judged.answer?.faceGroups
    if (list) judged.answer.faceGroups = Array.from({ length: list.length }, (_, at) => list.at(at))
    console.log(JSON.stringify(judged))
  `
  const running = run(process.execPath, ['--input-type=module', '--eval', script], { maxBuffer: 2 ** 26 })
  running.child.stdin?.end(body)
  return JSON.parse((await running).stdout)
}

function withPlainGroups(judged: Verdicted): unknown {
  if (judged.kind === 'failure') return judged
  return { ...judged, answer: { ...judged.answer, faceGroups: groupsOf(judged.answer.faceGroups) } }
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}
