import { Buffer, isUtf8 } from 'node:buffer'
import type { FaceGroup } from './face-group.js'
import { groupsPerStep, type Steps } from './steps.js'

/**
 * Groups as bytes: lines of JSON, each a list of a few hundred groups, each group a list of its fields. A long list
 * can so be written and read a line at a time, by whoever cannot be held up for as long as all of it takes.
 */
export function* encodeGroups(groups: readonly FaceGroup[]): Steps<Buffer> {
  const lines: Buffer[] = []
  for (let start = 0; start < groups.length; start += groupsPerStep) {
    const rows = groups
      .slice(start, start + groupsPerStep)
      .map(({ id, name, description, modelVersion, createdAt }) => [id, name, description, modelVersion, createdAt])
    lines.push(Buffer.from(`${JSON.stringify(rows)}\n`))
    yield
  }
  return Buffer.concat(lines)
}

/** Reads what `encodeGroups` wrote. Throws for anything else; the message quotes nothing of the bytes. */
export function* decodeGroups(bytes: Buffer): Steps<FaceGroup[]> {
  const groups: FaceGroup[] = []
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf('\n', start)
    if (end === -1) throw new Error('the list of groups is cut off')
    const rows = parseJson(bytes.subarray(start, end))
    if (!Array.isArray(rows)) throw new Error('the list of groups is not of the expected shape')
    for (const row of rows as unknown[]) groups.push(readRow(row, groups.length))
    start = end + 1
    yield
  }
  return groups
}

/** Throws where the bytes are not JSON in UTF-8, without quoting them. */
export function parseJson(bytes: Buffer): unknown {
  try {
    if (isUtf8(bytes)) return JSON.parse(bytes.toString())
  } catch {
    // Answered below.
  }
  throw new Error('the bytes are not JSON')
}

function readRow(row: unknown, index: number): FaceGroup {
  if (Array.isArray(row) && row.length === 5) {
    const [id, name, description, modelVersion, createdAt] = row as unknown[]
    if (isTextOrNull(id) && isText(name) && isText(description) && isText(modelVersion) && isMoment(createdAt)) {
      return { id, name, description, modelVersion, createdAt }
    }
  }
  throw new Error(`group ${index} is not of the expected shape`)
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
