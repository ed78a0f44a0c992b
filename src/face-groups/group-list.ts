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
  readonly moments: readonly number[]
  /**
   * One line of JSON for each group, a list of its fields in a fixed order, in pieces of many whole lines. Equal lists
   * have equal pieces.
   */
  readonly pieces: readonly Buffer[]
}

export interface GroupListBuilder {
  add(group: FaceGroup): void
  finish(): GroupList
}

/** Builds a list group by group, without keeping the groups. */
export function createGroupList(): GroupListBuilder {
  const lines = createLines()
  return {
    add: (group) => lines.add(group, lineOf(group)),
    finish: () => lines.finish(),
  }
}

/**
 * Reads the lines of a list of `length` groups. Throws for anything else; the message quotes nothing of them.
 */
export function* readGroups(source: Iterable<Buffer>, length: number): Steps<GroupList> {
  const lines = createLines()
  let index = 0
  for (const line of source) {
    lines.add(readLine(line, index), line.toString())
    index += 1
    if (index > length) break
    if (index % linesPerStep === 0) yield
  }
  if (index !== length) throw new Error('the list holds another number of groups than was said')
  return lines.finish()
}

/** The lines of a text cut into pieces anywhere, without their ends. Throws where the last one has none. */
export function* linesOf(pieces: Iterable<Buffer>): Generator<Buffer, void, undefined> {
  let begun: Buffer[] = []
  for (const piece of pieces) {
    let start = 0
    for (let end = piece.indexOf(lineEnd); end !== -1; end = piece.indexOf(lineEnd, start)) {
      const line = piece.subarray(start, end)
      yield begun.length === 0 ? line : Buffer.concat([...begun, line])
      begun = []
      start = end + 1
    }
    if (start < piece.length) begun.push(piece.subarray(start))
  }
  if (begun.length > 0) throw new Error('the last line is cut off')
}

function createLines() {
  const lineEnds: number[] = []
  const ids: (string | null)[] = []
  const modelVersions: string[] = []
  const moments: number[] = []
  const versions = new Map<string, string>()
  const pieces: Buffer[] = []
  const pieceEnds: number[] = []
  let text = ''
  let end = 0

  /** Many lines together, for a write of its own would cost more than making one. */
  function write(): void {
    pieces.push(Buffer.from(text))
    pieceEnds.push(end)
    text = ''
  }

  function bytesAt(index: number): Buffer {
    const at = firstAbove(pieceEnds, lineEnds[index]! - 1)
    const pieceStart = at === 0 ? 0 : pieceEnds[at - 1]!
    const start = index === 0 ? 0 : lineEnds[index - 1]!
    return pieces[at]!.subarray(start - pieceStart, lineEnds[index]! - 1 - pieceStart)
  }

  return {
    /** `line` is the group's JSON. */
    add({ id, modelVersion, createdAt }: FaceGroup, line: string): void {
      // The few versions there are, once each rather than once a group.
      if (!versions.has(modelVersion)) versions.set(modelVersion, modelVersion)
      ids.push(id)
      modelVersions.push(versions.get(modelVersion)!)
      moments.push(createdAt === null ? Number.NaN : Date.parse(createdAt))
      end += Buffer.byteLength(line) + 1
      lineEnds.push(end)
      text += `${line}\n`
      if (text.length >= charactersPerPiece) write()
    },
    finish(): GroupList {
      if (text !== '') write()
      return { length: ids.length, at: (index) => readLine(bytesAt(index), index), ids, modelVersions, moments, pieces }
    },
  }
}

/** The index of the first number above `value` in an ascending list. */
function firstAbove(ascending: readonly number[], value: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ascending[middle]! > value) high = middle
    else low = middle + 1
  }
  return low
}

const lineEnd = 0x0a

/** Large enough for the C library to map each piece by itself, and so to give it back as soon as it is freed. */
const charactersPerPiece = 262_144

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
  return JSON.stringify([id, name, description, modelVersion, createdAt])
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
