import { Buffer } from 'node:buffer'

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
    // No UTF-16 unit takes more.
    this.#makeRoom(3 * text.length)
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
    if (this.#length + length <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(2 * (this.#length + length))
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
  }
}
