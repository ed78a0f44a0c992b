import { Buffer } from 'node:buffer'
import type { Steps } from '../face-groups/steps.js'

/** A JSON document with the elements of one list taken out of it. */
export interface SplitDocument {
  /** The document with a `0` in each element's place: valid JSON where the document and every element are. */
  readonly skeleton: string
  readonly elements: Elements
}

interface Elements {
  readonly length: number
  /** The bytes of the element at an index below `length`. */
  at(index: number): Buffer
}

/**
 * Takes the elements out of the list that stands under `name` in a JSON object, so that a list of any length can be
 * parsed an element at a time. Nothing is judged here: `skeleton` and elements still have to be parsed, and are valid
 * together exactly where the document is. Without such a list, or with several, the skeleton is the document.
 */
export function* splitDocument(body: Buffer, name: string): Steps<SplitDocument> {
  const bounds = yield* findElements(body, Buffer.from(`"${name}"`))
  const elements: Elements = {
    length: bounds.length / 2,
    at: (index) => body.subarray(bounds[index * 2], bounds[index * 2 + 1]),
  }
  // Put together as bytes: as a string it would be two short strings for each element until it is parsed.
  const skeleton = Buffer.allocUnsafeSlow(body.length)
  let length = 0
  let end = 0
  for (let at = 0; at < bounds.length; at += 2) {
    length += body.copy(skeleton, length, end, bounds[at])
    skeleton[length++] = zero
    end = bounds[at + 1]!
    if (at % (2 * elementsPerStep) === 0) yield
  }
  length += body.copy(skeleton, length, end)
  return { skeleton: skeleton.toString('utf8', 0, length), elements }
}

const elementsPerStep = 512
const bytesPerStep = 65_536

const zero = 0x30
const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a
const opening = new Set([0x5b, 0x7b])
const closing = new Set([0x5d, 0x7d])
const blanks = new Set([0x20, 0x09, 0x0a, 0x0d])

/** Start and end of each element, one after the other. */
function* findElements(body: Buffer, key: Buffer): Steps<readonly number[]> {
  const bounds: number[] = []
  let depth = 0
  let isInList = false
  let lists = 0
  let elementStart = -1
  let elementEnd = -1
  let lastString = -1
  let isOurs = false
  let pause = bytesPerStep

  const endElement = () => {
    if (elementStart !== -1) bounds.push(elementStart, elementEnd)
    elementStart = -1
  }

  for (let at = 0; at < body.length; at += 1) {
    if (at >= pause) {
      pause = at + bytesPerStep
      yield
    }
    const byte = body[at]!
    if (blanks.has(byte)) continue
    if (isInList && depth === 2 && byte === comma) {
      endElement()
      continue
    }
    if (closing.has(byte)) {
      depth -= 1
      if (isInList && depth === 1) {
        endElement()
        isInList = false
      }
    }
    if (isInList && depth === 2 && elementStart === -1) elementStart = at
    if (byte === quote) {
      lastString = at
      at = endOfString(body, at)
    } else if (byte === colon && depth === 1) {
      isOurs = body.subarray(lastString, lastString + key.length).equals(key)
    } else if (opening.has(byte)) {
      depth += 1
      if (depth === 2 && isOurs && byte === 0x5b) {
        isInList = true
        lists += 1
        continue
      }
    }
    elementEnd = at + 1
  }
  // Two lists of one name: the last one counts, which is for the parser to see to.
  return lists === 1 && !isInList ? bounds : []
}

/** The index of the quote that ends the string beginning at `start`; the last index where none does. */
function endOfString(body: Buffer, start: number): number {
  for (let at = start + 1; at < body.length; at += 1) {
    if (body[at] === backslash) at += 1
    else if (body[at] === quote) return at
  }
  return body.length - 1
}
