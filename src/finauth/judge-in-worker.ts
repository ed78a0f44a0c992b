import { Buffer } from 'node:buffer'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { decodeGroups } from '../face-groups/group-lines.js'
import { inTurns } from '../face-groups/steps.js'
import { judgeAnswer, type JudgedAnswer, type RawAnswer } from './answer.js'
import type { AnswerToJudge, Verdict } from './answer-worker.js'

/** A body up to this many bytes is judged in a few milliseconds, less than a thread takes to start. */
const largeBytes = 256 * 1024

/** What a body may grow to before its thread, rather than the process, runs out of memory. */
const maxHeapMegabytes = 1024

/**
 * `judgeAnswer` for an answer of any size: a large one is parsed and judged in a thread of its own and its groups are
 * read back a little at a time, so that requests go on being answered meanwhile. An answer that breaks the thread is
 * unparseable; where no thread can be started, it is judged here. Takes the body's memory over. Never rejects.
 */
export async function judgeInWorker(raw: RawAnswer): Promise<JudgedAnswer> {
  if (raw.body.length <= largeBytes) return judgeAnswer(raw)
  const worker = await startWorker()
  if (worker === null) return judgeAnswer(raw)
  const verdict = await verdictOf(worker, raw)
  await worker.terminate()
  return verdict ?? { kind: 'failure', failure: { diagnosis: 'unparseable', httpStatus: raw.httpStatus }, drifts: [] }
}

async function startWorker(): Promise<Worker | null> {
  const worker = new Worker(new URL('./answer-worker.js', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMegabytes },
  })
  try {
    await once(worker, 'message')
    return worker
  } catch {
    return null
  }
}

async function verdictOf(worker: Worker, { body, ...rest }: RawAnswer): Promise<JudgedAnswer | null> {
  // A part of a pool that others use too cannot be handed over.
  const own = body.byteLength === body.buffer.byteLength ? body : Buffer.from(Uint8Array.from(body).buffer)
  worker.postMessage({ ...rest, body: own } satisfies AnswerToJudge, [own.buffer as ArrayBuffer])
  try {
    const [{ judged, groups }] = (await once(worker, 'message')) as [Verdict]
    if (judged.kind === 'failure') return judged
    const bytes = Buffer.from(groups.buffer, groups.byteOffset, groups.byteLength)
    return { ...judged, answer: { ...judged.answer, faceGroups: await inTurns(decodeGroups(bytes)) } }
  } catch {
    return null
  }
}
