import { type AxiosError, type AxiosInstance, type AxiosResponse, create as createAxios, isAxiosError } from 'axios'
import FormData from 'form-data'
import type { Agent } from 'node:http'
import type { Readable } from 'node:stream'
import { bareRequest } from './bare-request.js'
import type { GroupList } from '../face-groups/group-list.js'
import { inTurns } from '../face-groups/steps.js'
import { type AnswerHead, AnswerReader, type JudgedAnswer } from './answer.js'
import type { AttemptFailure } from './diagnosis.js'

export interface ExchangeOptions {
  readonly url: URL
  readonly agent: Agent
  /** Largest body accepted, in bytes after decompression. */
  readonly maxResponseBytes: number
}

/** One signed POST, no more: no redirects, no retries, no proxy from the environment. */
export type Exchange = (sign: string, options: ExchangeCall) => Promise<JudgedAnswer>

export interface ExchangeCall {
  readonly signal: AbortSignal
  /** The list that this one follows, with which it comes to share what did not change. */
  readonly before: GroupList | null
  /** Told the answer's `Date`, if there is one, before the body is read. */
  readonly headArrived: (date: string | undefined) => void
}

/**
 * Makes the function that posts the form and judges the answer. It never rejects: whatever axios throws is reduced to a
 * diagnosis and a transport code, because the original holds the form and with it the signature. An exchange that its
 * signal ended before the whole answer was there is a `timeout`; why it was ended is known to who ended it.
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
  return async (sign, { signal, before, headArrived }) => {
    try {
      const response = await post(client, url, sign, signal)
      const head = readHead(response)
      headArrived(head.headers.date)
      return await readBody(new AnswerReader(head, before), { head, body: response.data, signal })
    } catch (error) {
      return diagnose(error, signal)
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

interface Arriving {
  readonly head: AnswerHead
  readonly body: Readable
  readonly signal: AbortSignal
}

async function readBody(answer: AnswerReader, { head, body, signal }: Arriving): Promise<JudgedAnswer> {
  try {
    for await (const piece of body as AsyncIterable<Buffer>) await inTurns(answer.take(piece))
  } catch (error) {
    if (signal.aborted || isOversized(error)) return diagnose(error, signal)
    // The status line came and the body did not: only a success needs its body.
    const { httpStatus } = head
    if (httpStatus >= 200 && httpStatus < 300) return failed({ diagnosis: 'cut_off', httpStatus })
    return inTurns(new AnswerReader(head, null).judge())
  }
  return inTurns(answer.judge())
}

function readHead({ status: httpStatus, headers }: AxiosResponse<Readable>): AnswerHead {
  const { date, 'retry-after': retryAfter } = headers as Readonly<Record<string, unknown>>
  return {
    httpStatus,
    headers: {
      ...(typeof date === 'string' ? { date } : {}),
      ...(typeof retryAfter === 'string' ? { 'retry-after': retryAfter } : {}),
    },
  }
}

function diagnose(error: unknown, signal: AbortSignal): JudgedAnswer {
  if (signal.aborted) return failed({ diagnosis: 'timeout' })
  if (isOversized(error)) return failed({ diagnosis: 'oversized' })
  const { code }: Partial<AxiosError> = isAxiosError(error) ? error : {}
  const reason = /^[A-Z][A-Z0-9_]{2,63}$/.exec(code ?? '')?.[0]
  if (code === undefined) return failed({ diagnosis: 'unreachable' })
  if (CERTIFICATE_CODES.test(code)) return failed({ diagnosis: 'certificate', reason })
  if (code === 'ETIMEDOUT' || code === 'PROXY_TIMEOUT') return failed({ diagnosis: 'timeout', reason })
  if (code.startsWith('HPE_')) return failed({ diagnosis: 'unparseable', reason })
  return failed({ diagnosis: 'unreachable', reason })
}

function isOversized(error: unknown): boolean {
  return isAxiosError(error) && error.code === 'ERR_BAD_RESPONSE' && error.message.startsWith('maxContentLength')
}

function failed(failure: AttemptFailure): JudgedAnswer {
  return { kind: 'failure', failure, drifts: [] }
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
