import { Buffer } from 'node:buffer'
import type { FaceGroup } from './face-group.js'
import { createSnapshot, type Snapshot } from './snapshot.js'

const format = 'face-groups/1'

/** A snapshot as bytes, for another replica. Equal snapshots give equal bytes. */
export function encodeSnapshot({ groups, upstreamRequestId }: Snapshot): Buffer {
  const rows = groups.map(({ id, name, description, modelVersion, createdAt }) => [
    id,
    name,
    description,
    modelVersion,
    createdAt,
  ])
  return Buffer.from(JSON.stringify([format, upstreamRequestId, rows]))
}

/**
 * Reads what `encodeSnapshot` wrote. Throws for anything else; the message quotes nothing of the bytes.
 * `previous` as for `createSnapshot`.
 */
export function decodeSnapshot(bytes: Uint8Array, previous: Snapshot | null = null): Snapshot {
  const content = parse(bytes)
  if (!Array.isArray(content) || content.length !== 3) throw new Error('the snapshot is not of the expected shape')
  const [writtenFormat, upstreamRequestId, rows] = content as unknown[]
  if (writtenFormat !== format) throw new Error('the snapshot is of another format')
  if (!isTextOrNull(upstreamRequestId)) throw new Error('the snapshot names its upstream request wrongly')
  if (!Array.isArray(rows)) throw new Error('the snapshot holds no list of groups')
  return createSnapshot({ groups: (rows as unknown[]).map(readRow), upstreamRequestId, previous })
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new Error('the snapshot is not JSON')
  }
}

function readRow(row: unknown, index: number): FaceGroup {
  if (Array.isArray(row) && row.length === 5) {
    const [id, name, description, modelVersion, createdAt] = row as unknown[]
    if (isTextOrNull(id) && isText(name) && isText(description) && isText(modelVersion) && isMoment(createdAt)) {
      return { id, name, description, modelVersion, createdAt }
    }
  }
  throw new Error(`group ${index} of the snapshot is not of the expected shape`)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string'
}

const utc = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z$/

function isMoment(value: unknown): value is string | null {
  return value === null || (isText(value) && utc.test(value) && !Number.isNaN(Date.parse(value)))
}
