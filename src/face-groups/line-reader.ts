import { Buffer } from 'node:buffer'

export const lineEnd = 0x0a

/** Reads the lines of a text that is cut into pieces anywhere. */
export class LineReader {
  readonly #pieces: readonly Buffer[]
  /** What comes next: the piece it stands in, and where in that. */
  #piece = 0
  #at = 0

  constructor(pieces: readonly Buffer[]) {
    this.#pieces = pieces
  }

  /** The next line without its end; `null` where there is none. Throws where the last one has no end. */
  next(): Buffer | null {
    const begun: Buffer[] = []
    for (; this.#piece < this.#pieces.length; this.#piece += 1, this.#at = 0) {
      const piece = this.#pieces[this.#piece]!
      const end = piece.indexOf(lineEnd, this.#at)
      if (end !== -1) {
        const line = piece.subarray(this.#at, end)
        this.#at = end + 1
        return begun.length === 0 ? line : Buffer.concat([...begun, line])
      }
      if (this.#at < piece.length) begun.push(piece.subarray(this.#at))
    }
    if (begun.length > 0) throw new Error('the last line is cut off')
    return null
  }

  /** Whether just these bytes come next; then what follows them is next, and otherwise what was. */
  skip(bytes: Buffer): boolean {
    let piece = this.#piece
    let at = this.#at
    for (let compared = 0; compared < bytes.length; ) {
      const part = this.#pieces[piece]?.subarray(at, at + bytes.length - compared)
      if (part === undefined || !part.equals(bytes.subarray(compared, compared + part.length))) return false
      compared += part.length
      at += part.length
      if (compared < bytes.length) [piece, at] = [piece + 1, 0]
    }
    this.#piece = piece
    this.#at = at
    return true
  }
}
