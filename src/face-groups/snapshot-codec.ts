import { Buffer } from 'node:buffer'
import { decodeGroups, encodeGroups, parseJson } from './group-lines.js'
import { createSnapshot, type Snapshot } from './snapshot.js'
import type { Steps } from './steps.js'

const format = 'face-groups/2'

/** A snapshot as bytes, for another replica: a line that says what it is, then its groups. Equal snapshots give equal bytes. */
export function* encodeSnapshot({ groups, upstreamRequestId }: Snapshot): Steps<Buffer> {
  const head = Buffer.from(`${JSON.stringify([format, upstreamRequestId, groups.length])}\n`)
  return Buffer.concat([head, yield* encodeGroups(groups)])
}

/**
 * Reads what `encodeSnapshot` wrote. Throws for anything else; the message quotes nothing of the bytes.
 * `previous` as for `createSnapshot`.
 */
export function* decodeSnapshot(bytes: Buffer, previous: Snapshot | null = null): Steps<Snapshot> {
  const end = bytes.indexOf('\n')
  if (end === -1) throw new Error('the bytes are no snapshot')
  const head = parseJson(bytes.subarray(0, end))
  if (!Array.isArray(head) || head.length !== 3) throw new Error('the snapshot is not of the expected shape')
  const [writtenFormat, upstreamRequestId, count] = head as unknown[]
  if (writtenFormat !== format) throw new Error('the snapshot is of another format')
  if (upstreamRequestId !== null && typeof upstreamRequestId !== 'string') {
    throw new Error('the snapshot names its upstream request wrongly')
  }
  const groups = yield* decodeGroups(bytes.subarray(end + 1))
  if (groups.length !== count) throw new Error('the snapshot holds another number of groups than it says')
  return yield* createSnapshot({ groups, upstreamRequestId, previous })
}
