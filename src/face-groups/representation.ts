import { hash } from 'node:crypto'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

export type ContentCoding = 'identity' | 'gzip' | 'br'

export interface EncodedBody {
  /** `identity` if compressing is not worth it, whatever was requested. */
  readonly coding: ContentCoding
  /** A string if it is small JSON: Node sends it in one piece with the headers. */
  readonly body: Buffer | string
  /**
   * Strong and quoted; its own for each coding (RFC 9110 §8.8.3.3). Made from the JSON alone, so equal on every replica
   * and across refreshes that changed nothing.
   */
  readonly etag: string
}

/** A response body in ready-made bytes. */
export interface Representation {
  /** JSON, UTF-8. */
  readonly body: Buffer
  /** Groups in this body. */
  readonly count: number
  /** The query string of the page that follows, without `?`; `null` if none does. */
  readonly nextSearch: string | null
  /** The body in a content coding, compressed once and kept. */
  encoded(coding: ContentCoding): EncodedBody
}

/** In bytes. A smaller body fits into one packet either way. */
const minCompressedBytes = 1024

/** In bytes. Encoding a longer text for each response takes longer than sending a second piece. */
const maxTextBytes = 4096

/** A page of 1000 groups takes a few milliseconds, once. */
const brotliOptions = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }

/** The JSON of `content`, with its ETag. It is compressed when a coding is first requested. */
export function createRepresentation(content: unknown, count = 1, nextSearch: string | null = null): Representation {
  const text = JSON.stringify(content)
  const body = Buffer.from(text)
  const digest = hash('sha256', body, 'base64url').slice(0, 24)
  const identity: EncodedBody = {
    coding: 'identity',
    body: body.length <= maxTextBytes ? text : body,
    etag: `"${digest}"`,
  }
  const encodings: Partial<Record<ContentCoding, EncodedBody>> = { identity }

  function encode(coding: ContentCoding): EncodedBody {
    if (body.length < minCompressedBytes) return identity
    const compressed = coding === 'br' ? brotliCompressSync(body, brotliOptions) : gzipSync(body)
    return { coding, body: compressed, etag: `"${digest}-${coding}"` }
  }
  return { body, count, nextSearch, encoded: (coding) => (encodings[coding] ??= encode(coding)) }
}
