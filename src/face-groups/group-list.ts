import { Buffer, isUtf8 } from 'node:buffer'
import { GrowingBuffer } from '../growing-buffer.js'
import type { FaceGroup } from './face-group.js'
import { formatMoment } from './format-moment.js'
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
  idAt(index: number): string | null
  modelVersionAt(index: number): string
  /** Unix milliseconds of its creation; `NaN` where unknown. */
  momentAt(index: number): number
  /**
   * One line of JSON for each group, a list of its fields in a fixed order, in pieces of many whole lines. Equal lists
   * have equal pieces.
   */
  readonly pieces: readonly Buffer[]
}

export interface DatedGroup extends Omit<FaceGroup, 'createdAt'> {
  /** Unix milliseconds, within the years 0000 to 9999; `null` where unknown. */
  readonly createdAtMs: number | null
}

/** Builds a list group by group, without keeping the groups. */
export class GroupListBuilder {
  readonly #lines = new LineCollector()

  add(group: DatedGroup): void {
    this.#lines.add(group, group.createdAtMs ?? Number.NaN, lineOf(group))
  }

  finish(): GroupList {
    return this.#lines.finish()
  }
}

/**
 * Reads the lines of a list of `length` groups. Throws for anything else; the message quotes nothing of them.
 */
export function* readGroups(source: Iterable<Buffer>, length: number): Steps<GroupList> {
  const lines = new LineCollector()
  let index = 0
  for (const line of source) {
    const group = readLine(line, index)
    const momentMs = group.createdAt === null ? Number.NaN : Date.parse(group.createdAt)
    lines.add(group, momentMs, line.toString())
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

/** So many groups in a row; the last block of a list may have fewer. */
interface Block {
  readonly bytes: Buffer
  /** Where each line ends, its end included. */
  readonly lineEnds: Uint32Array
  readonly ids: readonly (string | null)[]
  readonly modelVersions: readonly string[]
  readonly moments: Float64Array
}

const blockBits = 11
/** Makes its bytes large enough for the C library to map by themselves, and so to give back as soon as they are freed. */
const blockLength = 1 << blockBits
const withinBlock = blockLength - 1

/**
 * In blocks, for columns that grow as a whole leave the garbage collector twice their own size. A class, as all that works on
 * each record of a list: code that V8 optimises dies with the last function that it was optimised for, and those that a
 * factory makes for one list would be optimised anew for the next (docs/decisions/0021).
 */
class LineCollector {
  readonly #blocks: Block[] = []
  readonly #versions = new Map<string, string>()
  // Not as text until the block is full, for the collector would copy that about.
  readonly #bytes = new GrowingBuffer()
  #lineEnds: number[] = []
  #ids: (string | null)[] = []
  #modelVersions: string[] = []
  #moments: number[] = []

  /** `line` is the group's JSON. */
  add({ id, modelVersion }: Pick<FaceGroup, 'id' | 'modelVersion'>, momentMs: number, line: string): void {
    // The few versions there are, once each rather than once a group.
    if (!this.#versions.has(modelVersion)) this.#versions.set(modelVersion, modelVersion)
    this.#bytes.appendText(line)
    this.#bytes.appendByte(lineEnd)
    this.#lineEnds.push(this.#bytes.length)
    this.#ids.push(id)
    this.#modelVersions.push(this.#versions.get(modelVersion)!)
    this.#moments.push(momentMs)
    if (this.#ids.length === blockLength) this.#endBlock()
  }

  finish(): GroupList {
    if (this.#ids.length > 0) this.#endBlock()
    return listOf(this.#blocks)
  }

  #endBlock(): void {
    this.#blocks.push({
      bytes: this.#bytes.take(),
      lineEnds: Uint32Array.from(this.#lineEnds),
      ids: this.#ids,
      modelVersions: this.#modelVersions,
      moments: Float64Array.from(this.#moments),
    })
    this.#lineEnds = []
    this.#ids = []
    this.#modelVersions = []
    this.#moments = []
  }
}

function listOf(blocks: readonly Block[]): GroupList {
  const last = blocks.at(-1)
  return {
    length: last ? (blocks.length - 1) * blockLength + last.ids.length : 0,
    at(index) {
      const { bytes, lineEnds } = blocks[index >>> blockBits]!
      const line = index & withinBlock
      return readLine(bytes.subarray(line === 0 ? 0 : lineEnds[line - 1], lineEnds[line]! - 1), index)
    },
    idAt: (index) => blocks[index >>> blockBits]!.ids[index & withinBlock]!,
    modelVersionAt: (index) => blocks[index >>> blockBits]!.modelVersions[index & withinBlock]!,
    momentAt: (index) => blocks[index >>> blockBits]!.moments[index & withinBlock]!,
    pieces: blocks.map(({ bytes }) => bytes),
  }
}

const lineEnd = 0x0a

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

function lineOf({ id, name, description, modelVersion, createdAtMs }: DatedGroup): string {
  return JSON.stringify([id, name, description, modelVersion, createdAtMs === null ? null : formatMoment(createdAtMs)])
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
