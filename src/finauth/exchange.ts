import { type AxiosError, type AxiosInstance, create as createAxios, isAxiosError } from 'axios'
import FormData from 'form-data'
import type { Agent } from 'node:http'
import type { RawAnswer } from './answer.js'
import { bareRequest } from './bare-request.js'
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
    responseType: 'arraybuffer',
    transport: { request: bareRequest },
    validateStatus: () => true,
  })
  return async (sign, signal) => {
    try {
      return { kind: 'answered', answer: await post(client, url, sign, signal) }
    } catch (error) {
      return diagnose(error)
    }
  }
}

async function post(client: AxiosInstance, url: URL, sign: string, signal: AbortSignal): Promise<RawAnswer> {
  const form = new FormData()
  form.append('sign', sign)
  form.append('sign_version', 'hmac_sha1')
  // A buffer rather than the stream: its length is known, so the form goes out with Content-Length.
  const response = await client.post<Buffer>(url.href, form.getBuffer(), { headers: form.getHeaders(), signal })
  return { httpStatus: response.status, headers: pickHeaders(response.headers), body: response.data }
}

function pickHeaders(headers: Readonly<Record<string, unknown>>): RawAnswer['headers'] {
  const { date, 'retry-after': retryAfter } = headers
  return {
    ...(typeof date === 'string' ? { date } : {}),
    ...(typeof retryAfter === 'string' ? { 'retry-after': retryAfter } : {}),
  }
}

function diagnose(error: unknown): ExchangeResult {
  const { code, message, response }: Partial<AxiosError> = isAxiosError(error) ? error : {}
  const headers = pickHeaders(response?.headers ?? {})
  if (code === 'ERR_BAD_RESPONSE' && message?.startsWith('maxContentLength')) return broken({ diagnosis: 'oversized' })
  if (response) {
    // The status line came and the body did not: only a success needs its body.
    const isSuccess = response.status >= 200 && response.status < 300
    if (!isSuccess) return { kind: 'answered', answer: { httpStatus: response.status, headers, body: Buffer.alloc(0) } }
    return broken({ diagnosis: 'cut_off', httpStatus: response.status }, headers.date)
  }
  const reason = /^[A-Z][A-Z0-9_]{2,63}$/.exec(code ?? '')?.[0]
  if (code === undefined) return broken({ diagnosis: 'unreachable' })
  if (CERTIFICATE_CODES.test(code)) return broken({ diagnosis: 'certificate', reason })
  if (code === 'ETIMEDOUT' || code === 'PROXY_TIMEOUT') return broken({ diagnosis: 'timeout', reason })
  if (code.startsWith('HPE_')) return broken({ diagnosis: 'unparseable', reason })
  return broken({ diagnosis: 'unreachable', reason })
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
