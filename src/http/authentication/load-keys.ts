import { readFile } from 'node:fs/promises'
import * as http from 'node:http'
import * as https from 'node:https'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'

/** Why a key set could not be loaded. */
export type KeysFailure =
  | 'timeout'
  | 'unreachable'
  | 'bad_status'
  | 'too_large'
  | 'malformed'
  | 'no_usable_key'
  | 'unreadable'

/** A place that key sets are loaded from. */
export interface KeyLoader {
  /** Never rejects; of an error only its kind is returned. */
  load(): Promise<{ readonly text: string } | { readonly failure: KeysFailure }>
  /** From this age on keys are loaded again when a token needs them; 0: for each token. */
  readonly maxAgeMs: number
  /** Shortest time between two attempts after a failure. */
  readonly cooldownMs: number
}

/** UTF-8 without the byte order mark that some editors and servers add. */
const decoder = new TextDecoder()

/** A JWK Set in a file, which takes effect with the next token after it was written. */
export function createFileLoader(path: string): KeyLoader {
  return {
    maxAgeMs: 0,
    cooldownMs: 0,
    async load() {
      try {
        return { text: decoder.decode(await readFile(path)) }
      } catch {
        return { failure: 'unreadable' }
      }
    },
  }
}

export interface RemoteLoaderOptions {
  readonly url: URL
  /** Of the URL's protocol, e.g. one that goes through a proxy. */
  readonly agent?: http.Agent
  /** For one fetch, body included. Default 5 s. */
  readonly timeoutMs?: number
  /** Of the body, before and after decompression. Default 512 KiB. */
  readonly maxBytes?: number
}

/** A JWK Set at the issuer's endpoint. Any status but 200 is a failure: redirects are not followed. */
export function createRemoteLoader(options: RemoteLoaderOptions): KeyLoader {
  const { url, agent, timeoutMs = 5_000, maxBytes = 512 * 1024 } = options
  return {
    maxAgeMs: 600_000,
    cooldownMs: 30_000,
    async load() {
      const signal = AbortSignal.timeout(timeoutMs)
      try {
        const response = await get(url, { agent, signal, headers })
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
    },
  }
}

const headers = { Accept: 'application/jwk-set+json, application/json', 'Accept-Encoding': 'identity' }

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

/** Some servers compress whatever they are asked for. The last coding is removed first (RFC 9110 section 8.4). */
async function decode(body: Buffer, contentEncoding: string, maxOutputLength: number): ReturnType<KeyLoader['load']> {
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
