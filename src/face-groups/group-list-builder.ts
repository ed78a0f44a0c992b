import { Buffer } from 'node:buffer'
import { GrowingBuffer } from '../growing-buffer.js'
import { formatTimestamp } from '../timestamp.js'
import type { FaceGroup } from './face-group.js'
import { type Block, blockLength, GroupList, readLine } from './group-list.js'
import { lineEnd, type LineReader } from './line-reader.js'
import type { Steps } from './steps.js'

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

/** Reading a line takes a few microseconds. */
const linesPerStep = 64

function lineOf({ id, name, description, modelVersion, createdAtMs }: DatedGroup): string {
  return JSON.stringify([
    id,
    name,
    description,
    modelVersion,
    createdAtMs === null ? null : formatTimestamp(createdAtMs),
  ])
}

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
