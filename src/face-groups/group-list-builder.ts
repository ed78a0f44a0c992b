import { Buffer } from 'node:buffer'
import { GrowingBuffer } from '../growing-buffer.js'
import type { FaceGroup } from './face-group.js'
import { formatMoment } from './format-moment.js'
import { type Block, blockLength, GroupList } from './group-list.js'

const lineEnd = 0x0a

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

function lineOf({ id, name, description, modelVersion, createdAtMs }: DatedGroup): string {
  return JSON.stringify([id, name, description, modelVersion, createdAtMs === null ? null : formatMoment(createdAtMs)])
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
  #lineEnds: number[] = []
  #ids: (string | null)[] = []
  #modelVersions: string[] = []
  #moments: number[] = []

  constructor(before: GroupList | null) {
    this.#before = before?.blocks ?? []
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
