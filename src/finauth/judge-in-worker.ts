import { Buffer } from 'node:buffer'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { encodeGroups, readGroups } from '../face-groups/group-list.js'
import type { GroupList } from '../face-groups/group-list.js'
import { inTurns } from '../face-groups/steps.js'
import { judgeAnswer, type FinAuthAnswer, type JudgedAnswer } from './answer.js'
import type { AnswerHead, Verdict } from './answer-worker.js'

/** An answer as it came, its body in pieces. */
export interface ReceivedAnswer extends AnswerHead {
  readonly pieces: readonly Buffer[]
}

/** A `FinAuthAnswer` whose groups are kept as bytes. */
export type ListedFaceGroups = Omit<FinAuthAnswer, 'faceGroups'> & { readonly faceGroups: GroupList }

export type Verdicted =
  | Extract<JudgedAnswer, { kind: 'failure' }>
  | (Omit<Extract<JudgedAnswer, { kind: 'success' }>, 'answer'> & { readonly answer: ListedFaceGroups })

/** A body up to this many bytes is judged in a few milliseconds, less than a thread takes to start. */
const largeBytes = 256 * 1024

/** What a body may grow to before its thread, rather than the process, runs out of memory. */
const maxHeapMegabytes = 1024

/**
 * `judgeAnswer` for an answer of any size: a large one is parsed and judged in a thread of its own, so that requests
 * go on being answered meanwhile. An answer that breaks the thread, or is given up by the signal, is unparseable;
 * where no thread can be started, it is judged here. Never rejects.
 */
export async function judgeInWorker(received: ReceivedAnswer, signal: AbortSignal): Promise<Verdicted> {
  const { pieces, ...head } = received
  const judgeHere = () => withGroupList(judgeAnswer({ ...head, body: Buffer.concat(pieces) }))
  if (pieces.reduce((sum, { length }) => sum + length, 0) <= largeBytes) return judgeHere()
  const worker = await startWorker()
  if (worker === null && !signal.aborted) return judgeHere()
  const verdict = worker && (await verdictOf(worker, received, signal))
  await worker?.terminate()
  if (verdict === null) {
    return { kind: 'failure', failure: { diagnosis: 'unparseable', httpStatus: head.httpStatus }, drifts: [] }
  }
  const { judged, groups } = verdict
  return withGroupList(judged, Buffer.from(groups.buffer, groups.byteOffset, groups.byteLength))
}

async function withGroupList(judged: JudgedAnswer, encoded?: Buffer): Promise<Verdicted> {
  if (judged.kind === 'failure') return judged
  const bytes = encoded ?? (await inTurns(encodeGroups(judged.answer.faceGroups)))
  return { ...judged, answer: { ...judged.answer, faceGroups: await inTurns(readGroups(bytes)) } }
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

async function verdictOf(
  worker: Worker,
  { pieces, ...head }: ReceivedAnswer,
  signal: AbortSignal,
): Promise<Verdict | null> {
  try {
    await inTurns(sendEach(worker, pieces))
    worker.postMessage(head, [])
    const [verdict] = (await once(worker, 'message', { signal })) as [Verdict]
    return verdict
  } catch {
    return null
  }
}

/** Copies them: a piece may be a part of a buffer that others use too. */
function* sendEach(worker: Worker, pieces: readonly Buffer[]) {
  for (const piece of pieces) {
    worker.postMessage(new Uint8Array(piece), [])
    yield undefined
  }
}
