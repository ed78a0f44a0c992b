import { type Buffer, isUtf8 } from 'node:buffer'
import type { GroupList } from '../face-groups/group-list.js'
import type { Steps } from '../face-groups/steps.js'
import { type ReadRecords, RecordReader } from './face-group-records.js'
import type { ElementReader } from './split-document.js'

/** Reads the elements that are taken out of the vendor's document, as records. */
export class ListReader implements ElementReader {
  readonly #before: GroupList | null
  #records: RecordReader
  #taken = 0
  #isBroken = false
  #wasRepaired = false

  constructor(before: GroupList | null) {
    this.#before = before
    this.#records = new RecordReader(before)
  }

  begin(): void {
    this.#records = new RecordReader(this.#before)
    this.#taken = 0
  }

  take(elements: Buffer, ends: readonly number[]): void {
    this.#taken += ends.length
    const together = decode(elements)
    if (!together.wasRepaired) return this.#read(together)
    this.#wasRepaired = true
    // One by one, for a scar in one of them says nothing of the others.
    for (const [at, end] of ends.entries()) {
      this.#read(decode(elements.subarray(at === 0 ? 0 : ends[at - 1]! + 1, end)))
    }
  }

  /** Whether an element was no JSON. */
  isBroken(): boolean {
    return this.#isBroken
  }

  /** Whether an element was not valid UTF-8. */
  wasRepaired(): boolean {
    return this.#wasRepaired
  }

  /** The records of the list, which is itself `listed` where it was not recognised, so that no element was taken. */
  *finish(listed: readonly unknown[], wasRepaired: boolean): Steps<ReadRecords> {
    if (this.#taken === listed.length && listed.every((place) => place === 0)) return this.#records.finish()
    const unrecognised = new RecordReader(this.#before)
    for (const [at, record] of listed.entries()) {
      unrecognised.read(record, wasRepaired)
      if (at % recordsPerStep === 0) yield
    }
    return unrecognised.finish()
  }

  /** Parsed together, elements take less than one by one. */
  #read({ text, wasRepaired }: DecodedText): void {
    const records = parseJson(`[${text}]`)
    if (!Array.isArray(records)) this.#isBroken = true
    else for (const record of records) this.#records.read(record, wasRepaired)
  }
}

const recordsPerStep = 32

export interface DecodedText {
  readonly text: string
  /** Whether the bytes were not valid UTF-8. */
  readonly wasRepaired: boolean
}

export function decode(bytes: Buffer): DecodedText {
  const text = bytes.toString()
  return { text, wasRepaired: text.includes('\uFFFD') && !isUtf8(bytes) }
}

/** `undefined`, which no JSON stands for, where the text is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
