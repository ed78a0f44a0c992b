import { Buffer } from 'node:buffer'
import { parseJson } from './group-list.js'
import { readGroups } from './group-list-builder.js'
import { LineReader } from './line-reader.js'
import { createSnapshot, type Snapshot } from './snapshot.js'
import type { Steps } from './steps.js'

const format = 'face-groups/1'

/** A snapshot as bytes, for another replica: a line that says what it is, then its groups. Equal snapshots give equal bytes. */
export function encodeSnapshot({ groups, upstreamRequestId }: Snapshot): readonly Buffer[] {
  return [
    Buffer.from(`${JSON.stringify([format, upstreamRequestId, groups.length])}\n`),
    ...groups.blocks.map(({ bytes }) => bytes),
  ]
}

/**
 * Reads what `encodeSnapshot` wrote, cut into pieces anywhere. Throws for anything else; the message quotes nothing of
 * the bytes. `previous` as for `createSnapshot`.
 */
export function* decodeSnapshot(pieces: readonly Buffer[], previous: Snapshot | null = null): Steps<Snapshot> {
  const lines = new LineReader(pieces)
  const first = lines.next()
  if (first === null) throw new Error('the bytes are no snapshot')
  const head = parseJson(first)
  if (!Array.isArray(head) || head.length !== 3) throw new Error('the snapshot is not of the expected shape')
  const [writtenFormat, upstreamRequestId, count] = head as unknown[]
  if (writtenFormat !== format) throw new Error('the snapshot is of another format')
  if (upstreamRequestId !== null && typeof upstreamRequestId !== 'string') {
    throw new Error('the snapshot names its upstream request wrongly')
  }
  if (!Number.isInteger(count)) throw new Error('the snapshot does not say how many groups it holds')
  const groups = yield* readGroups(lines, { length: Number(count), before: previous?.groups ?? null })
  return yield* createSnapshot({ groups, upstreamRequestId, previous })
}
