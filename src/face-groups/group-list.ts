import { Buffer, isUtf8 } from 'node:buffer'
import type { FaceGroup } from './face-group.js'
import type { Steps } from './steps.js'

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
  /** One line of JSON for each group, a list of its fields in a fixed order. Equal lists have equal bytes. */
  readonly bytes: Buffer
}

export interface GroupListBuilder {
  add(group: FaceGroup): void
  finish(): GroupList
}

/** What a list comes to before it is there. */
export interface ExpectedGroups {
  readonly most: number
  /** A guess; memory that is not written to is never taken. */
  readonly bytes: number
}

/** Builds a list group by group, without keeping the groups. */
export function createGroupList(expected: ExpectedGroups): GroupListBuilder {
  const columns = createColumns(expected.most)
  let bytes = Buffer.allocUnsafeSlow(Math.max(expected.bytes, leastBytes))
  let lines = ''
  let written = 0
  let end = 0

  /** Together, for a write of its own would cost more than making a line. */
  function write(): void {
    if (end > bytes.length) {
      const larger = Buffer.allocUnsafeSlow(2 * end)
      bytes.copy(larger, 0, 0, written)
      bytes = larger
    }
    written += bytes.write(lines, written)
    lines = ''
  }

  return {
    add(group) {
      const { id, name, description, modelVersion, createdAt } = group
      const line = `${JSON.stringify([id, name, description, modelVersion, createdAt])}\n`
      end += Buffer.byteLength(line)
      columns.add(group, end)
      lines += line
      if (lines.length >= charactersPerWrite) write()
    },
    finish() {
      write()
      return columns.over(bytes.subarray(0, end))
    },
  }
}

/**
 * Reads the bytes of a list of `length` groups and keeps them. Throws for anything else; the message quotes nothing of
 * them.
 */
export function* readGroups(bytes: Buffer, length: number): Steps<GroupList> {
  const columns = createColumns(length)
  for (let lineStart = 0, index = 0; lineStart < bytes.length; index += 1) {
    const end = bytes.indexOf('\n', lineStart)
    if (end === -1) throw new Error('the list of groups is cut off')
    columns.add(readLine(bytes.subarray(lineStart, end), index), end + 1)
    lineStart = end + 1
    if (index % linesPerStep === 0) yield
  }
  const groups = columns.over(bytes)
  if (groups.length !== length) throw new Error('the list holds another number of groups than was said')
  return groups
}

/** What `Buffer.concat` returns. Memory is handed out page by page as it is written to, which takes its time. */
export function* joined(pieces: readonly Buffer[]): Steps<Buffer> {
  const whole = Buffer.allocUnsafeSlow(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    for (let from = 0; from < piece.length; from += bytesPerStep) {
      at += piece.copy(whole, at, from, from + bytesPerStep)
      yield
    }
  }
  return whole
}

/** Takes at most `most` groups, beyond that it throws a `RangeError`. */
function createColumns(most: number) {
  const lineEnds = new Uint32Array(most)
  const ids: (string | null)[] = []
  const modelVersions: string[] = []
  const moments = new Float64Array(most)
  const versions = new Map<string, string>()
  return {
    /** `end` is where the next line begins. */
    add({ id, modelVersion, createdAt }: FaceGroup, end: number): void {
      const index = ids.length
      if (index === most) throw new RangeError('there are more groups than was said')
      // The few versions there are, once each rather than once a group.
      if (!versions.has(modelVersion)) versions.set(modelVersion, modelVersion)
      ids.push(id)
      modelVersions.push(versions.get(modelVersion)!)
      moments[index] = createdAt === null ? Number.NaN : Date.parse(createdAt)
      lineEnds[index] = end
    },
    over(bytes: Buffer): GroupList {
      return {
        length: ids.length,
        at: (index) => readLine(bytes.subarray(index === 0 ? 0 : lineEnds[index - 1], lineEnds[index]! - 1), index),
        ids,
        modelVersions,
        moments: moments.subarray(0, ids.length),
        bytes,
      }
    },
  }
}

const charactersPerWrite = 32_768
const leastBytes = 4096
const bytesPerStep = 262_144

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
