import { type AxiosError, type AxiosInstance, create as createAxios, isAxiosError } from 'axios'
import FormData from 'form-data'
import * as http from 'node:http'
import * as https from 'node:https'
import type { Readable } from 'node:stream'
import { type AnswerHead, isSuccess, parseAnswer, type ParseBody, type ParsedAnswer } from './answer.js'
import type { AttemptFailure } from './errors.js'

/** One of the vendor's calls; each is a POST of a form. */
export interface FinAuthEndpoint {
  /** For metrics and logs, e.g. `group_list`. */
  readonly name: string
  /** From the root of the vendor's host, e.g. `/finauth/search/group/group_list`. */
  readonly path: string
}

export interface SendOptions {
  readonly baseUrl: string
  readonly agent: http.Agent
  /** Largest body accepted, in bytes after decompression. */
  readonly maxResponseBytes: number
}

export interface SignedRequest<T> {
  readonly path: string
  readonly sign: string
  /** Form fields besides the signature. */
  readonly fields: Readonly<Record<string, string>>
  readonly parseBody: ParseBody<T>
  readonly signal: AbortSignal
  /** Called with the answer's `Date`, if there is one, before the body is read. */
  readonly onResponseHeaders: (date: string | undefined) => void
}

/** Sends one signed POST: no redirects, no retries, no proxy from the environment. */
export type Send = <T>(request: SignedRequest<T>) => Promise<ParsedAnswer<T>>

/**
 * Creates the function that posts the form and parses the answer. It rejects only if `parseBody` does: errors of axios
 * are reduced to a diagnosis and a transport code, because they contain the form and with it the signature. An attempt
 * that its signal aborts before the answer is complete is a `timeout`; only the caller knows the reason.
 */
export function createSend({ baseUrl, agent, maxResponseBytes }: SendOptions): Send {
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
  return async (request) => {
    const received = await exchange(client, request, maxResponseBytes)
    if ('diagnosis' in received) return { kind: 'failure', failure: received, drifts: [] }
    return parseAnswer(received.head, received.body, request.parseBody)
  }
}

interface Received {
  readonly head: AnswerHead
  readonly body: Buffer
}

async function exchange(
  client: AxiosInstance,
  { path, sign, fields, signal, onResponseHeaders }: SignedRequest<unknown>,
  maxBytes: number,
): Promise<Received | AttemptFailure> {
  const form = new FormData()
  for (const [name, value] of Object.entries({ sign, sign_version: 'hmac_sha1', ...fields })) form.append(name, value)
  try {
    // A buffer rather than a stream, so that the form is sent with Content-Length.
    const response = await client.post<Readable>(path, form.getBuffer(), { headers: form.getHeaders(), signal })
    const { date, 'retry-after': retryAfter } = response.headers as Readonly<Record<string, string | undefined>>
    const head = { httpStatus: response.status, date, retryAfter }
    onResponseHeaders(date)
    const body = await readBody(response.data, maxBytes).catch(() => null)
    if (body === 'oversized') return { diagnosis: 'oversized' }
    if (body !== null) return { head, body }
    if (signal.aborted) return { diagnosis: 'timeout' }
    // The headers arrived and the body did not: only a success needs its body.
    return isSuccess(head) ? { diagnosis: 'cut_off', httpStatus: head.httpStatus } : { head, body: Buffer.alloc(0) }
  } catch (error) {
    return diagnose(error, signal)
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
