import type { IncomingMessage } from 'node:http'

/**
 * The request's body, or null where it is longer than `maxBytes`. Rejects when the client leaves before
 * the end.
 */
export async function readBody(request: IncomingMessage, { maxBytes }: { maxBytes: number }): Promise<Buffer | null> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    length += piece.length
    // The rest is read and thrown away, so that the client is still listening when it is told.
    if (length <= maxBytes) pieces.push(piece)
  }
  return length > maxBytes ? null : Buffer.concat(pieces)
}
