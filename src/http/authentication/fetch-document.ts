import * as http from 'node:http'
import * as https from 'node:https'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'

/** Why a document could not be fetched. */
export type FetchFailure = 'timeout' | 'unreachable' | 'bad_status' | 'too_large' | 'malformed'

export type FetchedDocument = { readonly text: string } | { readonly failure: FetchFailure }

export interface FetchOptions {
  /** Ends the fetch as `timeout`. */
  readonly signal: AbortSignal
  /** Of the URL's protocol, e.g. one that goes through a proxy. */
  readonly agent?: http.Agent | undefined
  /** Of the body, before and after decompression. Default 512 KiB. */
  readonly maxBytes?: number | undefined
  /** Media types to ask for. Default `application/json`. */
  readonly accept?: string
}

/** UTF-8 without the byte order mark that some editors and servers add. */
const decoder = new TextDecoder()

/** GETs a document. Any status but 200 is a failure: redirects are not followed. Never rejects. */
export async function fetchDocument(url: URL, options: FetchOptions): Promise<FetchedDocument> {
  const { signal, agent, maxBytes = 512 * 1024, accept = 'application/json' } = options
  try {
    const response = await get(url, { agent, signal, headers: { Accept: accept, 'Accept-Encoding': 'identity' } })
    if (response.statusCode !== 200) {
      response.destroy()
      return { failure: 'bad_status' }
    }
    const chunks: Buffer[] = []
    let bytes = 0
    // Leaving the loop destroys the response.
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > maxBytes) return { failure: 'too_large' }
      chunks.push(chunk)
    }
    return await decode(Buffer.concat(chunks), response.headers['content-encoding'] ?? '', maxBytes)
  } catch {
    return { failure: signal.aborted ? 'timeout' : 'unreachable' }
  }
}

function get(url: URL, options: http.RequestOptions): Promise<http.IncomingMessage> {
  const request = url.protocol === 'https:' ? https.request(url, options) : http.request(url, options)
  return new Promise((resolve, reject) => {
    request.once('response', resolve)
    // Not `once`: the connection may fail again after the response began.
    request.on('error', reject)
    request.end()
  })
}

const decompressors = new Map([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
])

const maxCodings = 3

/** Some servers compress even if asked not to. The last coding is removed first (RFC 9110 section 8.4). */
async function decode(body: Buffer, contentEncoding: string, maxOutputLength: number): Promise<FetchedDocument> {
  const named = contentEncoding.toLowerCase().split(/[\s,]+/)
  const codings = named.filter((coding) => coding !== '' && coding !== 'identity')
  if (codings.length > maxCodings) return { failure: 'malformed' }
  let decoded = body
  for (const coding of codings.toReversed()) {
    const decompress = decompressors.get(coding)
    if (decompress === undefined) return { failure: 'malformed' }
    try {
      decoded = await decompress(decoded, { maxOutputLength })
    } catch (error) {
      return { failure: (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'too_large' : 'malformed' }
    }
  }
  return { text: decoder.decode(decoded) }
}
