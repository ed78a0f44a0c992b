import { Buffer } from 'node:buffer'

/** Whoever wants the elements of the list. */
export interface ElementReader {
  /** The list begins. Where it stands there twice the later one counts, as in any JSON. */
  begin(): void
  /** The bytes of the next element, perhaps with blanks around it. */
  take(element: Buffer): void
}

export interface DocumentSplitter {
  /** The next piece of the document, cut off anywhere. It is kept for a while, so it must not change any more. */
  take(piece: Buffer): void
  /** The document so far with a `0` in each element's place: valid JSON where the document and every element are. */
  skeleton(): Buffer
}

/**
 * Takes the elements out of the list that stands under `name` in a JSON object while the document comes in, so that a
 * list of any length can be parsed an element at a time and never stands in memory as a whole. Nothing is judged here:
 * `skeleton` and elements still have to be parsed, and are valid together exactly where the document is. A list under
 * an escaped name is not recognised; it stays in the skeleton.
 */
export function splitDocument(name: string, elements: ElementReader): DocumentSplitter {
  const key = Buffer.from(`"${name}"`)
  const skeleton = createGrowingBuffer()
  let depth = 0
  let isInString = false
  let isEscaped = false
  /** How much of the key the last string of the outermost object begins with; -1 where it is another. */
  let matched = -1
  let isOurs = false
  let isInList = false
  /** Of the element under way: whether there is anything but blanks, and its bytes from earlier pieces. */
  let hasBegun = false
  let begun: Buffer[] = []

  function endElement(last: Buffer): void {
    if (hasBegun) {
      elements.take(begun.length === 0 ? last : Buffer.concat([...begun, last]))
      skeleton.appendByte(zero)
    }
    hasBegun = false
    begun = []
  }

  return {
    take(piece) {
      /** Where the bytes begin that have not gone anywhere yet. */
      let start = 0
      for (let at = 0; at < piece.length; at += 1) {
        let byte = piece[at]!
        if (isInString) {
          // Most of a document is text, of which only its end matters.
          if (depth > 1 && !isEscaped)
            while (byte !== quote && byte !== backslash && ++at < piece.length) byte = piece[at]!
          if (isEscaped) isEscaped = false
          else if (byte === backslash) isEscaped = true
          else if (byte === quote) isInString = false
          if (depth === 1) matched = matched !== -1 && byte === key[matched] ? matched + 1 : -1
          continue
        }
        switch (byte) {
          case blank:
          case tab:
          case lineFeed:
          case carriageReturn:
            break
          case comma:
            if (!isInList || depth !== 2) break
            endElement(piece.subarray(start, at))
            skeleton.appendByte(byte)
            start = at + 1
            break
          case closingBrace:
          case closingBracket:
            depth -= 1
            if (!isInList || depth !== 1) break
            endElement(piece.subarray(start, at))
            start = at
            isInList = false
            break
          case colon:
            if (depth === 1) isOurs = matched === key.length
            break
          case openingBrace:
          case openingBracket:
            depth += 1
            hasBegun = true
            if (depth !== 2 || !isOurs || byte !== openingBracket) break
            elements.begin()
            isInList = true
            hasBegun = false
            skeleton.append(piece.subarray(start, at + 1))
            start = at + 1
            break
          case quote:
            isInString = true
            matched = 1
            hasBegun = true
            break
          default:
            hasBegun = true
        }
      }
      const rest = piece.subarray(start)
      if (isInList) begun.push(rest)
      else skeleton.append(rest)
    },
    skeleton: () => skeleton.bytes(),
  }
}

function createGrowingBuffer() {
  let bytes = Buffer.alloc(0)
  let end = 0

  function makeRoom(length: number): void {
    if (end + length <= bytes.length) return
    const larger = Buffer.allocUnsafeSlow(2 * (end + length))
    bytes.copy(larger, 0, 0, end)
    bytes = larger
  }

  return {
    append(more: Buffer): void {
      makeRoom(more.length)
      end += more.copy(bytes, end)
    },
    appendByte(byte: number): void {
      makeRoom(1)
      bytes[end++] = byte
    },
    bytes: (): Buffer => bytes.subarray(0, end),
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
