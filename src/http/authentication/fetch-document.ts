import { once } from 'node:events'
import * as http from 'node:http'
import * as https from 'node:https'
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib'
import { createEgressAgent, type EgressProxy } from '../../egress/egress-agent.js'

/** Why a document could not be fetched. */
export type FetchFailure = 'timeout' | 'unreachable' | 'bad_status' | 'too_large' | 'malformed'

export type FetchedDocument = { readonly text: string } | { readonly failure: FetchFailure }

export interface FetcherOptions {
  /** Default: none. */
  readonly proxy?: EgressProxy
  /** For connecting through the proxy. Default 5 s. */
  readonly timeoutMs?: number
  /** Of each body, before and after decompression. Default 512 KiB. */
  readonly maxBytes?: number
}

/** GETs documents over connections that it keeps. */
export interface Fetcher {
  /** Any status but 200 is a failure: redirects are not followed. `signal` ends it as `timeout`. Never rejects. */
  fetch(url: URL, signal: AbortSignal): Promise<FetchedDocument>
  /** Closes the connections. */
  close(): void
}

export function createFetcher({ proxy, timeoutMs = 5_000, maxBytes = 512 * 1024 }: FetcherOptions): Fetcher {
  const agents = new Map<string, http.Agent>()

  function agentFor(target: URL): http.Agent {
    const agent = agents.get(target.origin) ?? createEgressAgent({ target, proxy, connectTimeoutMs: timeoutMs })
    agents.set(target.origin, agent)
    return agent
  }

  return {
    async fetch(url, signal) {
      try {
        const response = await get(url, { agent: agentFor(url), signal, headers })
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
        return decode(Buffer.concat(chunks), response.headers['content-encoding'] ?? '', maxBytes)
      } catch {
        return { failure: signal.aborted ? 'timeout' : 'unreachable' }
      }
    },
    close() {
      for (const agent of agents.values()) agent.destroy()
    },
  }
}

const headers = { Accept: 'application/jwk-set+json, application/json', 'Accept-Encoding': 'identity' }

async function get(url: URL, options: http.RequestOptions): Promise<http.IncomingMessage> {
  const request = url.protocol === 'https:' ? https.request(url, options) : http.request(url, options)
  // The connection may fail again after the response began, when `once` no longer listens.
  request.on('error', () => {})
  const [response] = (await once(request.end(), 'response')) as [http.IncomingMessage]
  return response
}

const maxCodings = 3

const decompressors = new Map([
  ['gzip', gunzipSync],
  ['x-gzip', gunzipSync],
  ['deflate', inflateSync],
  ['br', brotliDecompressSync],
])

/** UTF-8 without the byte order mark that some editors and servers add. */
export const utf8 = new TextDecoder()

/** Some servers compress even if asked not to. The last coding is removed first (RFC 9110 section 8.4). */
function decode(body: Buffer, contentEncoding: string, maxOutputLength: number): FetchedDocument {
  const named = contentEncoding.toLowerCase().split(/[\s,]/)
  const codings = named.filter((coding) => coding !== '' && coding !== 'identity')
  const steps = codings.flatMap((coding) => decompressors.get(coding) ?? [])
  if (steps.length < codings.length || steps.length > maxCodings) return { failure: 'malformed' }
  try {
    const decoded = steps.reduceRight((bytes, decompress) => decompress(bytes, { maxOutputLength }), body)
    return { text: utf8.decode(decoded) }
  } catch (error) {
    return { failure: (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'too_large' : 'malformed' }
  }
}
