import { type AxiosError, create as createAxios, isAxiosError } from 'axios'
import FormData from 'form-data'
import * as http from 'node:http'
import * as https from 'node:https'
import type { Readable } from 'node:stream'
import type { HttpAnswer } from './answer.js'
import type { AttemptFailure } from './errors.js'

/** One of the vendor's calls; each is a POST of a form. */
export interface FinAuthEndpoint {
  /** For metrics and logs, e.g. `group_list`. */
  readonly name: string
  /** From the root of the vendor's host, e.g. `/finauth/search/group/group_list`. */
  readonly path: string
}

export interface PostOptions {
  readonly baseUrl: string
  readonly agent: http.Agent
  /** Largest body accepted, in bytes after decompression. */
  readonly maxResponseBytes: number
}

export interface PostRequest {
  readonly path: string
  readonly fields: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  /** Called with the answer's `Date`, if there is one, before the body is read. */
  readonly onResponseHeaders: (date: string | undefined) => void
}

/**
 * Creates the function that posts one form: no redirects, no retries, no proxy from the environment. It never rejects:
 * errors of axios are reduced to a diagnosis and a transport code, because they contain the form and with it the
 * signature. An attempt that its signal aborts before the answer is complete is a `timeout`; only the caller knows the
 * reason.
 */
export function createPost({ baseUrl, agent, maxResponseBytes }: PostOptions) {
  const client = createAxios({
    adapter: 'http',
    baseURL: baseUrl.replace(/\/+$/, ''),
    headers: { accept: 'application/json', 'accept-encoding': 'gzip, deflate, br', 'user-agent': 'face-groups' },
    httpAgent: agent,
    httpsAgent: agent,
    proxy: false,
    maxRedirects: 0,
    decompress: true,
    responseType: 'stream',
    transport: { request: requestWithoutForeignHeaders },
    validateStatus: () => true,
  })

  return async ({ path, fields, signal, onResponseHeaders }: PostRequest): Promise<HttpAnswer | AttemptFailure> => {
    try {
      const form = new FormData()
      for (const [name, value] of Object.entries(fields)) form.append(name, value)
      // A buffer rather than a stream, so that the form is sent with Content-Length.
      const response = await client.post<Readable>(path, form.getBuffer(), { headers: form.getHeaders(), signal })
      const { date, 'retry-after': retryAfter } = response.headers as Readonly<Record<string, string | undefined>>
      onResponseHeaders(date)
      const body = await readBody(response.data, maxResponseBytes).catch(() => null)
      if (body === 'oversized') return { diagnosis: 'oversized' }
      if (body === null && signal.aborted) return { diagnosis: 'timeout' }
      return { httpStatus: response.status, date, retryAfter, body }
    } catch (error) {
      return diagnose(error, signal)
    }
  }
}

/** Rejects if the body is cut off or cannot be decompressed. */
async function readBody(body: Readable, maxBytes: number): Promise<Buffer | 'oversized'> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length
    // Leaving the loop destroys the response.
    if (length > maxBytes) return 'oversized'
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function diagnose(error: unknown, signal: AbortSignal): AttemptFailure {
  if (signal.aborted) return { diagnosis: 'timeout' }
  const { code = '' }: Partial<AxiosError> = isAxiosError(error) ? error : {}
  const reason = /^[A-Z][A-Z0-9_]{2,63}$/.exec(code)?.[0]
  if (certificateCodes.test(code)) return { diagnosis: 'certificate', reason }
  if (code === 'ETIMEDOUT' || code === 'PROXY_TIMEOUT') return { diagnosis: 'timeout', reason }
  return { diagnosis: code.startsWith('HPE_') ? 'unparseable' : 'unreachable', reason }
}

// OpenSSL's X509 verification codes as Node spells them, and the name check Node adds.
const certificateCodes =
  /^(?:CERT_|CRL_|ERR_TLS_CERT_|UNABLE_TO_(?:GET_ISSUER_CERT|VERIFY_LEAF|DECRYPT_CERT|DECODE_ISSUER|GET_CRL)|(?:DEPTH_ZERO_)?SELF_SIGNED_CERT|INVALID_(?:CA|PURPOSE)|HOSTNAME_MISMATCH|PATH_LENGTH_EXCEEDED)/

/** The only headers that FinAuth receives. */
const ownHeaders = /^(?:accept|accept-encoding|connection|content-length|content-type|host|user-agent)$/

/**
 * Node's `request` without headers added by others: tracing adds some to every call, and the vendor must not receive
 * our traces. axios documents `transport` for replacing the request function.
 */
export function requestWithoutForeignHeaders(
  options: https.RequestOptions,
  onResponse: (response: http.IncomingMessage) => void,
): http.ClientRequest {
  const request = options.protocol === 'https:' ? https.request(options, onResponse) : http.request(options, onResponse)
  for (const name of request.getHeaderNames()) if (!ownHeaders.test(name)) request.removeHeader(name)
  return request
}
