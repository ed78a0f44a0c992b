import { Buffer, isUtf8 } from 'node:buffer'
import type { FaceGroup } from './face-group.js'
import { groupsPerStep, type Steps } from './steps.js'

/**
 * Groups in the vendor's order, kept as bytes. A list of a hundred thousand as objects would be half a million strings
 * for the garbage collector to carry about; so there are only the columns that every search or sort reads, and a group
 * is read anew each time it is asked for.
 */
export interface GroupList {
  readonly length: number
  /** The group at an index below `length`. */
  at(index: number): FaceGroup
  readonly ids: readonly (string | null)[]
  readonly modelVersions: readonly string[]
  /** Unix milliseconds; `NaN` where unknown. */
  readonly moments: Float64Array
  /** As `encodeGroups` writes them. Equal lists have equal bytes. */
  readonly bytes: Buffer
}

/** Groups as bytes: one line of JSON each, a list of its fields in a fixed order. */
export function* encodeGroups(groups: readonly FaceGroup[]): Steps<Buffer> {
  const parts: Buffer[] = []
  for (let start = 0; start < groups.length; start += groupsPerStep) {
    parts.push(
      Buffer.from(
        groups
          .slice(start, start + groupsPerStep)
          .map(lineOf)
          .join(''),
      ),
    )
    yield
  }
  return Buffer.concat(parts)
}

/**
 * Reads what `encodeGroups` wrote, from `start` on, and keeps the bytes. Throws for anything else; the message quotes
 * nothing of them.
 */
export function* readGroups(written: Buffer, start = 0): Steps<GroupList> {
  const bytes = written.subarray(start)
  const ends: number[] = []
  const ids: (string | null)[] = []
  const modelVersions: string[] = []
  const moments: number[] = []
  const versions = new Map<string, string>()
  for (let lineStart = 0; lineStart < bytes.length; ) {
    const end = bytes.indexOf('\n', lineStart)
    if (end === -1) throw new Error('the list of groups is cut off')
    const { id, modelVersion, createdAt } = readLine(bytes.subarray(lineStart, end), ends.length)
    // The few versions there are, once each rather than once a group.
    if (!versions.has(modelVersion)) versions.set(modelVersion, modelVersion)
    ids.push(id)
    modelVersions.push(versions.get(modelVersion)!)
    moments.push(createdAt === null ? Number.NaN : Date.parse(createdAt))
    ends.push(end)
    lineStart = end + 1
    if (ends.length % linesPerStep === 0) yield
  }
  const lineEnds = Uint32Array.from(ends)
  return {
    length: ends.length,
    at: (index) => readLine(bytes.subarray(index === 0 ? 0 : lineEnds[index - 1]! + 1, lineEnds[index]), index),
    ids,
    modelVersions,
    moments: Float64Array.from(moments),
    bytes,
  }
}

/** Reading a line takes a few microseconds. */
const linesPerStep = 64

/** Throws where the bytes are not JSON in UTF-8, without quoting them. */
export function parseJson(bytes: Buffer): unknown {
  try {
    if (isUtf8(bytes)) return JSON.parse(bytes.toString())
  } catch {
    // Answered below.
  }
  throw new Error('the bytes are not JSON')
}

function lineOf({ id, name, description, modelVersion, createdAt }: FaceGroup): string {
  return `${JSON.stringify([id, name, description, modelVersion, createdAt])}\n`
}

function readLine(line: Buffer, index: number): FaceGroup {
  const row = parseJson(line)
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
