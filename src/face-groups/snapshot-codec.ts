import { z } from 'zod'
import { parseJsonObject } from '../json-object.js'
import { chunksOf, type FaceGroup, faceGroupSchema } from './face-group.js'
import { createSnapshot, type Snapshot } from './snapshot.js'

const documentSchema = z.object({ upstreamRequestId: z.string().nullable(), groups: z.array(z.unknown()) })

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** A snapshot as one JSON document, for another replica. Equal snapshots give equal bytes. */
export async function encodeSnapshot({ groups, upstreamRequestId }: Snapshot): Promise<Buffer> {
  const head = Buffer.from(`{"upstreamRequestId":${JSON.stringify(upstreamRequestId)},"groups":[`)
  const rows: Buffer[] = []
  for await (const chunk of chunksOf(groups)) rows.push(Buffer.from(`,${JSON.stringify(chunk).slice(1, -1)}`))
  return Buffer.concat([head, Buffer.concat(rows).subarray(1), Buffer.from(']}')])
}

/**
 * Decodes what `encodeSnapshot` returned; `previous` as for `createSnapshot`. Rejects anything else, with a message
 * that quotes nothing of the bytes.
 */
export async function decodeSnapshot(bytes: Uint8Array, previous: Snapshot | null = null): Promise<Snapshot> {
  const document = documentSchema.parse(parseJsonObject(utf8.decode(bytes)))
  const groups: FaceGroup[] = []
  for await (const chunk of chunksOf(document.groups)) {
    for (const record of chunk) groups.push(faceGroupSchema.parse(record))
  }
  return createSnapshot({ ...document, groups }, previous)
}
