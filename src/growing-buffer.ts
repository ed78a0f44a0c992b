import { Buffer } from 'node:buffer'

const shortLength = 4096

/** Bytes that are added up, with room for more. */
export class GrowingBuffer {
  #bytes = Buffer.alloc(0)
  #length = 0

  get length(): number {
    return this.#length
  }

  append(more: Buffer): void {
    this.#makeRoom(more.length)
    this.#length += more.copy(this.#bytes, this.#length)
  }

  appendByte(byte: number): void {
    this.#makeRoom(1)
    this.#bytes[this.#length++] = byte
  }

  /** As UTF-8. */
  appendText(text: string): void {
    // No UTF-16 unit takes more than three; counting takes longer than a short text is worth.
    this.#makeRoom(text.length < shortLength ? 3 * text.length : Buffer.byteLength(text))
    this.#length += this.#bytes.write(text, this.#length)
  }

  /** What was added so far; the next addition may move it. */
  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  /** The next addition begins anew, in the same memory. */
  clear(): void {
    this.#length = 0
  }

  #makeRoom(length: number): void {
    const needed = this.#length + length
    if (needed <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length))
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
  }
}
