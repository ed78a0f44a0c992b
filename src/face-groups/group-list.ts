import { Buffer, isUtf8 } from 'node:buffer'
import { GrowingBuffer } from '../growing-buffer.js'
import type { FaceGroup } from './face-group.js'
import { formatMoment } from './format-moment.js'
import type { LineReader } from './line-reader.js'
import type { Steps } from './steps.js'

/**
 * Groups in the vendor's order, kept as bytes. A list of a hundred thousand as objects would be half a million strings
 * for the garbage collector to carry about; so there are only the columns that every search or sort reads, and a group
 * is read anew each time it is asked for.
 */
export class GroupList {
  readonly length: number
  /**
   * All groups, a block after the other. Equal lists have equal blocks; where a list was made with the one `before` it, the
   * blocks that did not change are the same ones.
   */
  readonly blocks: readonly Block[]

  /** Every block but the last must be full. */
  constructor(blocks: readonly Block[]) {
    this.blocks = blocks
    const last = blocks.at(-1)
    this.length = last ? (blocks.length - 1) * blockLength + last.ids.length : 0
  }

  /** The group at an index below `length`. */
  at(index: number): FaceGroup {
    const { bytes, lineEnds } = this.blocks[index >>> blockBits]!
    const line = index & withinBlock
    return readLine(bytes.subarray(line === 0 ? 0 : lineEnds[line - 1], lineEnds[line]! - 1), index)
  }

  idAt(index: number): string | null {
    return this.blocks[index >>> blockBits]!.ids[index & withinBlock]!
  }

  modelVersionAt(index: number): string {
    return this.blocks[index >>> blockBits]!.modelVersions[index & withinBlock]!
  }

  /** Unix milliseconds of its creation; `NaN` where unknown. */
  momentAt(index: number): number {
    return this.blocks[index >>> blockBits]!.moments[index & withinBlock]!
  }
}

/** So many groups in a row; the last block of a list may have fewer. */
export interface Block {
  /** One line of JSON for each group, a list of its fields in a fixed order. */
  readonly bytes: Buffer
  /** Where each line ends, its end included. */
  readonly lineEnds: Uint32Array
  readonly ids: readonly (string | null)[]
  readonly modelVersions: readonly string[]
  readonly moments: Float64Array
}

export interface DatedGroup extends Omit<FaceGroup, 'createdAt'> {
  /** Unix milliseconds, within the years 0000 to 9999; `null` where unknown. */
  readonly createdAtMs: number | null
}

/** Builds a list group by group, without keeping the groups. What did not change is shared with the list `before`. */
export class GroupListBuilder {
  readonly #lines: LineCollector

  constructor(before: GroupList | null) {
    this.#lines = new LineCollector(before)
  }

  add(group: DatedGroup): void {
    this.#lines.add(group, group.createdAtMs ?? Number.NaN, lineOf(group))
  }

  finish(): GroupList {
    return this.#lines.finish()
  }
}

export interface ReadGroupsOptions {
  /** How many there must be. */
  readonly length: number
  /** What did not change is shared with this one. */
  readonly before: GroupList | null
}

/** Reads the lines of a list. Throws for anything else; the message quotes nothing of them. */
export function* readGroups(source: LineReader, { length, before }: ReadGroupsOptions): Steps<GroupList> {
  const lines = new LineCollector(before)
  while (lines.length <= length) {
    if (lines.takeBlockBefore(length, source)) {
      yield
      continue
    }
    const line = source.next()
    if (line === null) break
    const group = readLine(line, lines.length)
    const momentMs = group.createdAt === null ? Number.NaN : Date.parse(group.createdAt)
    lines.add(group, momentMs, line.toString())
    if (lines.length % linesPerStep === 0) yield
  }
  if (lines.length !== length) throw new Error('the list holds another number of groups than was said')
  return lines.finish()
}

/** The smaller a block, the more of a list stays when a few groups change. */
const blockBits = 8
const blockLength = 1 << blockBits
const withinBlock = blockLength - 1

/**
 * In blocks, for columns that grow as a whole leave the garbage collector twice their own size. A class, as all that works on
 * each record of a list: code that V8 optimises dies with the last function that it was optimised for, and those that a
 * factory makes for one list would be optimised anew for the next (docs/decisions/0021).
 */
class LineCollector {
  readonly #before: readonly Block[]
  readonly #blocks: Block[] = []
  readonly #versions = new Map<string, string>()
  // Not as text until the block is full, for the collector would copy that about.
  readonly #bytes = new GrowingBuffer()
  #length = 0
  #lineEnds: number[] = []
  #ids: (string | null)[] = []
  #modelVersions: string[] = []
  #moments: number[] = []

  constructor(before: GroupList | null) {
    this.#before = before?.blocks ?? []
  }

  /** How many groups there are so far. */
  get length(): number {
    return this.#length
  }

  /**
   * Takes the block that stands next in the list before where `source` goes on with just its bytes, which were checked then.
   * `length` is that of the whole list, whose last block alone may not be full. Returns whether it did.
   */
  takeBlockBefore(length: number, source: LineReader): boolean {
    const next = this.#ids.length === 0 ? this.#before[this.#blocks.length] : undefined
    if (next === undefined) return false
    const isLast = this.#length + next.ids.length === length
    if ((next.ids.length < blockLength && !isLast) || !source.skip(next.bytes)) return false
    this.#blocks.push(next)
    this.#length += next.ids.length
    return true
  }

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
    this.#length += 1
    if (this.#ids.length === blockLength) this.#endBlock()
  }

  finish(): GroupList {
    if (this.#ids.length > 0) this.#endBlock()
    return new GroupList(this.#blocks)
  }

  #endBlock(): void {
    const before = this.#before[this.#blocks.length]
    const isSame = before !== undefined && before.bytes.equals(this.#bytes.bytes())
    this.#blocks.push(isSame ? before : this.#makeBlock())
    this.#bytes.clear()
    this.#lineEnds = []
    this.#ids = []
    this.#modelVersions = []
    this.#moments = []
  }

  #makeBlock(): Block {
    return {
      // In memory of its own, for this outlives what it was put together in.
      bytes: Buffer.from(this.#bytes.bytes()),
      lineEnds: Uint32Array.from(this.#lineEnds),
      ids: this.#ids,
      modelVersions: this.#modelVersions,
      moments: Float64Array.from(this.#moments),
    }
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
