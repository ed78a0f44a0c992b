import { Buffer } from 'node:buffer'
import { parentPort } from 'node:worker_threads'
import { encodeGroups } from '../face-groups/group-lines.js'
import { atOnce } from '../face-groups/steps.js'
import { judgeAnswer, type JudgedAnswer, type RawAnswer } from './answer.js'

/** What the thread is sent; the bytes become its own. */
export type AnswerToJudge = Omit<RawAnswer, 'body'> & { readonly body: Uint8Array }

/** What it sends back: the verdict, of a success without the groups, and these as `encodeGroups` writes them. */
export interface Verdict {
  readonly judged: JudgedAnswer
  readonly groups: Uint8Array
}

// The entry point of a thread that judge-in-worker starts for one answer. Its first message says that it is there.
parentPort?.once('message', ({ body, ...rest }: AnswerToJudge) => {
  const judged = judgeAnswer({ ...rest, body: Buffer.from(body.buffer, body.byteOffset, body.byteLength) })
  const isSuccess = judged.kind === 'success'
  const groups = Uint8Array.from(isSuccess ? atOnce(encodeGroups(judged.answer.faceGroups)) : [])
  const verdict: Verdict = {
    judged: isSuccess ? { ...judged, answer: { ...judged.answer, faceGroups: [] } } : judged,
    groups,
  }
  parentPort?.postMessage(verdict, [groups.buffer])
})
parentPort?.postMessage('ready', [])
