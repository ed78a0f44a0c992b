import * as http from 'node:http'
import * as https from 'node:https'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'
import type { KeysFailure } from './keys.js'

export interface FetchTextOptions {
  readonly url: URL
  /** For the whole exchange, body included. */
  readonly timeoutMs: number
  /** Of the body, as it comes and after decompression. */
  readonly maxBytes: number
  /** Of the URL's protocol; `undefined` is Node's own. */
  readonly agent: http.Agent | undefined
}

export type FetchTextResult = { readonly text: string } | { readonly failure: KeysFailure }

/**
 * Gets a document, taking 200 alone for an answer: redirects are not followed. Never rejects, and carries
 * nothing over from a failure but its kind.
 */
export async function fetchText({ url, timeoutMs, maxBytes, agent }: FetchTextOptions): Promise<FetchTextResult> {
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const response = await get(url, {
      agent,
      signal,
      headers: { Accept: 'application/jwk-set+json, application/json', 'Accept-Encoding': 'identity' },
    })
    if (response.statusCode !== 200) {
      response.destroy()
      return { failure: 'bad_status' }
    }
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length
      // Leaving the loop destroys the response.
      if (bytes > maxBytes) return { failure: 'too_large' }
      chunks.push(chunk)
    }
    return await decode(Buffer.concat(chunks), response.headers['content-encoding'] ?? '', maxBytes)
  } catch {
    return { failure: signal.aborted ? 'timeout' : 'unreachable' }
  }
}

const decoders = new Map([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
])

const maxCodings = 3

/** Some servers compress whatever they are asked for. The codings are taken off from the last to the first (RFC 9110 section 8.4). */
async function decode(body: Buffer, contentEncoding: string, maxOutputLength: number): Promise<FetchTextResult> {
  const codings = contentEncoding
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity')
  if (codings.length > maxCodings) return { failure: 'malformed' }
  let decoded = body
  for (const coding of codings.toReversed()) {
    const decoder = decoders.get(coding)
    if (decoder === undefined) return { failure: 'malformed' }
    try {
      decoded = await decoder(decoded, { maxOutputLength })
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      return { failure: code === 'ERR_BUFFER_TOO_LARGE' ? 'too_large' : 'malformed' }
    }
  }
  return { text: textOf(decoded) }
}

/** UTF-8 without the byte order mark that some editors and servers put in front. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

function get(url: URL, options: http.RequestOptions): Promise<http.IncomingMessage> {
  const request = url.protocol === 'https:' ? https.request(url, options) : http.request(url, options)
  return new Promise((resolve, reject) => {
    request.once('response', resolve)
    // Stays: a connection may fail again after the answer began.
    request.on('error', reject)
    request.end()
  })
}
