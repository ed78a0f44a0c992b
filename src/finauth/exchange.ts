import { type AxiosError, type AxiosInstance, type AxiosResponse, create as createAxios, isAxiosError } from 'axios'
import FormData from 'form-data'
import type { Agent } from 'node:http'
import type { Readable } from 'node:stream'
import { bareRequest } from './bare-request.js'
import { joined } from '../face-groups/group-list.js'
import { inTurns } from '../face-groups/steps.js'
import type { RawAnswer } from './answer.js'
import type { AttemptFailure } from './diagnosis.js'

export interface ExchangeOptions {
  readonly url: URL
  readonly agent: Agent
  /** Largest body accepted, in bytes after decompression. */
  readonly maxResponseBytes: number
}

export type ExchangeResult =
  | { readonly kind: 'answered'; readonly answer: RawAnswer }
  | { readonly kind: 'broken'; readonly failure: AttemptFailure; readonly date: string | undefined }

/** One signed POST, no more: no redirects, no retries, no proxy from the environment. */
export type Exchange = (sign: string, signal: AbortSignal) => Promise<ExchangeResult>

/**
 * Makes the function that posts the form. It never rejects: whatever axios throws is reduced to a diagnosis and
 * a transport code, because the original holds the form and with it the signature. An aborted exchange is
 * `broken` too; why it was aborted is known to who aborted it.
 */
export function createExchange({ url, agent, maxResponseBytes }: ExchangeOptions): Exchange {
  const client = createAxios({
    adapter: 'http',
    headers: { accept: 'application/json', 'accept-encoding': 'gzip, deflate, br', 'user-agent': 'face-groups' },
    httpAgent: agent,
    httpsAgent: agent,
    proxy: false,
    maxRedirects: 0,
    maxContentLength: maxResponseBytes,
    decompress: true,
    // Joined by axios, a large body would hold everything else up for as long as that takes.
    responseType: 'stream',
    transport: { request: bareRequest },
    validateStatus: () => true,
  })
  return async (sign, signal) => {
    try {
      return await readBody(await post(client, url, sign, signal), { signal, maxResponseBytes })
    } catch (error) {
      return diagnose(error)
    }
  }
}

function post(client: AxiosInstance, url: URL, sign: string, signal: AbortSignal): Promise<AxiosResponse<Readable>> {
  const form = new FormData()
  form.append('sign', sign)
  form.append('sign_version', 'hmac_sha1')
  // A buffer rather than the stream: its length is known, so the form goes out with Content-Length.
  return client.post<Readable>(url.href, form.getBuffer(), { headers: form.getHeaders(), signal })
}

async function readBody(
  response: AxiosResponse<Readable>,
  { signal, maxResponseBytes }: { signal: AbortSignal; maxResponseBytes: number },
): Promise<ExchangeResult> {
  const { status: httpStatus } = response
  const headers = pickHeaders(response.headers)
  try {
    const body = await collect(response, maxResponseBytes)
    return { kind: 'answered', answer: { httpStatus, headers, body } }
  } catch (error) {
    if (signal.aborted || isOversized(error)) return diagnose(error)
    // The status line came and the body did not: only a success needs its body.
    const isSuccess = httpStatus >= 200 && httpStatus < 300
    if (isSuccess) return broken({ diagnosis: 'cut_off', httpStatus }, headers.date)
    return { kind: 'answered', answer: { httpStatus, headers, body: Buffer.alloc(0) } }
  }
}

/**
 * The whole body. As long as it is no longer than was announced, none of its pieces is kept: together they would take as
 * much memory again. A compressed one announces less than it comes to.
 */
async function collect({ data, headers }: AxiosResponse<Readable>, maxResponseBytes: number): Promise<Buffer> {
  const announced = Number((headers as Readonly<Record<string, unknown>>)['content-length'] ?? 0)
  const begun = Buffer.allocUnsafeSlow(Math.min(announced, maxResponseBytes))
  const rest: Buffer[] = []
  let end = 0
  for await (const piece of data as AsyncIterable<Buffer>) {
    if (rest.length === 0 && end + piece.length <= begun.length) end += piece.copy(begun, end)
    else rest.push(piece)
  }
  const body = begun.subarray(0, end)
  return rest.length === 0 ? body : inTurns(joined([body, ...rest]))
}

function pickHeaders(headers: Readonly<Record<string, unknown>>): RawAnswer['headers'] {
  const { date, 'retry-after': retryAfter } = headers
  return {
    ...(typeof date === 'string' ? { date } : {}),
    ...(typeof retryAfter === 'string' ? { 'retry-after': retryAfter } : {}),
  }
}

function diagnose(error: unknown): ExchangeResult {
  if (isOversized(error)) return broken({ diagnosis: 'oversized' })
  const { code }: Partial<AxiosError> = isAxiosError(error) ? error : {}
  const reason = /^[A-Z][A-Z0-9_]{2,63}$/.exec(code ?? '')?.[0]
  if (code === undefined) return broken({ diagnosis: 'unreachable' })
  if (CERTIFICATE_CODES.test(code)) return broken({ diagnosis: 'certificate', reason })
  if (code === 'ETIMEDOUT' || code === 'PROXY_TIMEOUT') return broken({ diagnosis: 'timeout', reason })
  if (code.startsWith('HPE_')) return broken({ diagnosis: 'unparseable', reason })
  return broken({ diagnosis: 'unreachable', reason })
}

function isOversized(error: unknown): boolean {
  return isAxiosError(error) && error.code === 'ERR_BAD_RESPONSE' && error.message.startsWith('maxContentLength')
}

function broken(failure: AttemptFailure, date?: string): ExchangeResult {
  return { kind: 'broken', failure, date }
}

// OpenSSL's X509 verification codes as Node spells them, and the name check Node adds.
const CERTIFICATE_CODES = new RegExp(
  `^(?:${[
    'CERT_',
    'CRL_',
    'ERR_TLS_CERT_',
    'UNABLE_TO_(?:GET_ISSUER_CERT|VERIFY_LEAF|DECRYPT_CERT|DECODE_ISSUER|GET_CRL)',
    '(?:DEPTH_ZERO_)?SELF_SIGNED_CERT',
    'INVALID_(?:CA|PURPOSE)',
    'HOSTNAME_MISMATCH',
    'PATH_LENGTH_EXCEEDED',
  ].join('|')})`,
)
