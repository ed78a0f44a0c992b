import { Buffer, isUtf8 } from 'node:buffer'
import type { FaceGroup } from './face-group.js'

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

/** The smaller a block, the more of a list stays when a few groups change. */
const blockBits = 8
export const blockLength = 1 << blockBits
const withinBlock = blockLength - 1

/** Throws where the bytes are not JSON in UTF-8, without quoting them. */
function parseJson(bytes: Buffer): unknown {
  try {
    if (isUtf8(bytes)) return JSON.parse(bytes.toString())
  } catch {
    // Answered below.
  }
  throw new Error('the bytes are not JSON')
}

/** Throws where the line is not one that a group was written as; the message names its `index` and quotes nothing of it. */
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
