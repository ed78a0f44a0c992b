import { Buffer } from 'node:buffer'
import { readlinkSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import { encodeGroups } from '../face-groups/group-list.js'
import { atOnce } from '../face-groups/steps.js'
import { judgeAnswer, type JudgedAnswer, type RawAnswer } from './answer.js'

/** What the thread is sent after the body, which comes piece by piece. */
export type AnswerHead = Omit<RawAnswer, 'body'>

/** What it sends back: the verdict, of a success without the groups, and these as `encodeGroups` writes them. */
export interface Verdict {
  readonly judged: JudgedAnswer
  readonly groups: Uint8Array<ArrayBuffer>
}

// The entry point of a thread that judge-in-worker starts for one answer. Its first message says that it is there.
const pieces: Uint8Array[] = []
parentPort?.on('message', (message: Uint8Array | AnswerHead) => {
  if (message instanceof Uint8Array) pieces.push(message)
  else answer(message)
})
yieldToRequests()
parentPort?.postMessage('ready', [])

function answer(head: AnswerHead): void {
  const judged = judgeAnswer({ ...head, body: Buffer.concat(pieces.splice(0)) })
  const isSuccess = judged.kind === 'success'
  const groups = isSuccess ? ownBytes(atOnce(encodeGroups(judged.answer.faceGroups))) : new Uint8Array()
  const verdict: Verdict = {
    judged: isSuccess ? { ...judged, answer: { ...judged.answer, faceGroups: [] } } : judged,
    groups,
  }
  parentPort?.postMessage(verdict, [groups.buffer])
}

/** Only memory that nobody shares can be handed over; what is short comes from a pool. */
function ownBytes(bytes: Buffer): Uint8Array<ArrayBuffer> {
  const isOwn = bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength
  return isOwn ? new Uint8Array(bytes.buffer as ArrayBuffer) : Uint8Array.from(bytes)
}

/** On one core, this thread and the one that answers requests would else get equal shares. Linux counts threads as processes. */
function yieldToRequests(): void {
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1))
    setPriority(thread, constants.priority.PRIORITY_LOW)
  } catch {
    // Elsewhere the shares are equal.
  }
}
