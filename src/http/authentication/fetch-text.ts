import * as http from 'node:http'
import * as https from 'node:https'
import type { KeysFailure } from './keys.js'

export interface FetchTextOptions {
  readonly url: URL
  /** For the whole exchange, body included. */
  readonly timeoutMs: number
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
      headers: { Accept: 'application/jwk-set+json, application/json' },
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
    return { text: Buffer.concat(chunks).toString('utf8') }
  } catch {
    return { failure: signal.aborted ? 'timeout' : 'unreachable' }
  }
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
