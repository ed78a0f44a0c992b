import { Buffer } from 'node:buffer'
import { GrowingBuffer } from '../growing-buffer.js'

/** Whoever wants the elements of the list. */
export interface ElementReader {
  /** The list begins. Where it stands there twice the later one counts, as in any JSON. */
  begin(): void
  /**
   * The bytes of the next elements, perhaps with blanks around them, with commas between; `ends` are the indices at which
   * they end, and change after the call.
   */
  take(elements: Buffer, ends: readonly number[]): void
}

/**
 * Takes the elements out of the list that stands under `name` in a JSON object while the document comes in, so that a
 * list of any length can be parsed a few elements at a time and never stands in memory as a whole. Nothing is judged here:
 * `skeleton` and elements still have to be parsed, and are valid together exactly where the document is. A list under
 * an escaped name is not recognised; it stays in the skeleton.
 */
export class DocumentSplitter {
  readonly #elements: ElementReader
  readonly #key: Buffer
  readonly #skeleton = new GrowingBuffer()
  #depth = 0
  #isInString = false
  #isEscaped = false
  /** How much of the key the last string of the outermost object begins with; -1 where it is another. */
  #matched = -1
  #isOurs = false
  #isInList = false
  /** Of the element under way: whether there is anything but blanks, and its bytes from earlier pieces. */
  #hasBegun = false
  #begun: Buffer[] = []
  /** Where the elements of the piece that were not handed on yet begin and, each of them, end. */
  #runStart = 0
  readonly #ends: number[] = []

  constructor(name: string, elements: ElementReader) {
    this.#key = Buffer.from(`"${name}"`)
    this.#elements = elements
  }

  /** The next piece of the document, cut off anywhere. It is kept for a while, so it must not change any more. */
  take(piece: Buffer): void {
    const key = this.#key
    /** Where the bytes begin that have not gone anywhere yet. */
    let start = 0
    this.#runStart = 0
    for (let at = 0; at < piece.length; at += 1) {
      let byte = piece[at]!
      if (this.#isInString) {
        // Most of a document is text, of which only its end matters.
        if (this.#depth > 1 && !this.#isEscaped)
          while (byte !== quote && byte !== backslash && ++at < piece.length) byte = piece[at]!
        if (this.#isEscaped) this.#isEscaped = false
        else if (byte === backslash) this.#isEscaped = true
        else if (byte === quote) this.#isInString = false
        if (this.#depth === 1)
          this.#matched = this.#matched !== -1 && byte === key[this.#matched] ? this.#matched + 1 : -1
        continue
      }
      switch (byte) {
        case blank:
        case tab:
        case lineFeed:
        case carriageReturn:
          break
        case comma:
          if (!this.#isInList || this.#depth !== 2) break
          this.#endElement(piece, start, at)
          this.#skeleton.appendByte(byte)
          start = at + 1
          break
        case closingBrace:
        case closingBracket:
          this.#depth -= 1
          if (!this.#isInList || this.#depth !== 1) break
          this.#endElement(piece, start, at)
          this.#handOn(piece)
          start = at
          this.#isInList = false
          break
        case colon:
          if (this.#depth === 1) this.#isOurs = this.#matched === key.length
          break
        case openingBrace:
        case openingBracket:
          this.#depth += 1
          this.#hasBegun = true
          if (this.#depth !== 2 || !this.#isOurs || byte !== openingBracket) break
          this.#elements.begin()
          this.#isInList = true
          this.#hasBegun = false
          this.#skeleton.append(piece.subarray(start, at + 1))
          start = at + 1
          this.#runStart = start
          break
        case quote:
          this.#isInString = true
          this.#matched = 1
          this.#hasBegun = true
          break
        default:
          this.#hasBegun = true
      }
    }
    this.#handOn(piece)
    const rest = piece.subarray(start)
    if (this.#isInList) this.#begun.push(rest)
    else this.#skeleton.append(rest)
  }

  /** The document so far with a `0` in each element's place: valid JSON where the document and every element are. */
  skeleton(): Buffer {
    return this.#skeleton.bytes()
  }

  /** The element, if there is one, that has come from `start` to `end` of the piece, and before from earlier ones. */
  #endElement(piece: Buffer, start: number, end: number): void {
    const isElement = this.#hasBegun
    const begun = this.#begun
    if (isElement) this.#skeleton.appendByte(zero)
    this.#hasBegun = false
    if (isElement && begun.length === 0) {
      this.#ends.push(end - this.#runStart)
      return
    }
    this.#handOn(piece)
    this.#begun = []
    this.#runStart = end + 1
    if (!isElement) return
    const whole = Buffer.concat([...begun, piece.subarray(start, end)])
    this.#elements.take(whole, [whole.length])
  }

  #handOn(piece: Buffer): void {
    const length = this.#ends.at(-1)
    if (length === undefined) return
    this.#elements.take(piece.subarray(this.#runStart, this.#runStart + length), this.#ends)
    this.#ends.length = 0
  }
}

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a
const openingBracket = 0x5b
const closingBracket = 0x5d
const openingBrace = 0x7b
const closingBrace = 0x7d
const blank = 0x20
const tab = 0x09
const lineFeed = 0x0a
const carriageReturn = 0x0d
const zero = 0x30
