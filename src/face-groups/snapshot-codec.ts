import { Buffer } from 'node:buffer'
import { z } from 'zod'
import { chunksOf, type FaceGroup, faceGroupSchema } from './face-group.js'
import { createSnapshot, type Snapshot } from './snapshot.js'

const documentSchema = z.object({
  upstreamRequestId: z.string().nullable(),
  groups: z.array(z.unknown()),
})

/** A snapshot as one JSON document, for another replica. Equal snapshots give equal bytes. */
export async function encodeSnapshot({ groups, upstreamRequestId }: Snapshot): Promise<Buffer> {
  const parts = [Buffer.from(`{"upstreamRequestId":${JSON.stringify(upstreamRequestId)},"groups":[`)]
  for await (const chunk of chunksOf(groups)) {
    const rows = JSON.stringify(chunk).slice(1, -1)
    parts.push(Buffer.from(parts.length === 1 ? rows : `,${rows}`))
  }
  return Buffer.concat([...parts, Buffer.from(']}')])
}

/**
 * Decodes what `encodeSnapshot` returned; `previous` as for `createSnapshot`. Rejects anything else, with a message
 * that quotes nothing of the bytes.
 */
export async function decodeSnapshot(bytes: Uint8Array, previous: Snapshot | null = null): Promise<Snapshot> {
  const document = documentSchema.safeParse(parseJson(bytes)).data
  if (!document) throw new Error('the snapshot is not of the expected shape')
  const groups: FaceGroup[] = []
  for await (const chunk of chunksOf(document.groups)) {
    for (const record of chunk) {
      const group = faceGroupSchema.safeParse(record).data
      if (!group) throw new Error(`group ${groups.length} is not of the expected shape`)
      groups.push(group)
    }
  }
  return createSnapshot({ groups, upstreamRequestId: document.upstreamRequestId, previous })
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(bytes))
  } catch {
    throw new Error('the bytes are not JSON')
  }
}
