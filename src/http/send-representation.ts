import type { Request, Response } from 'express'
import type { ContentCoding, EncodedBody, Representation } from '../face-groups/representation.js'
import type { Snapshot } from '../face-groups/snapshot.js'
import type { Copy } from '../snapshot-cache/types.js'
import { matchesIfNoneMatch } from './conditional-request.js'
import { ProblemError } from './problem.js'
import { reply } from './reply.js'
import type { CacheResult } from './request-context.js'
import { headerLines } from './send-message.js'

export interface RepresentationAnswer {
  readonly representation: Representation
  /** The copy it was taken from, for its age and origin. */
  readonly copy: Copy<Snapshot>
  readonly result: CacheResult
  /** Gives those beyond what every representation has; the same for each answer of one representation. */
  readonly headers?: (representation: Representation) => readonly string[]
}

export type RepresentationSender = (request: Request, response: Response, answer: RepresentationAnswer) => void

export interface RepresentationSenderOptions {
  readonly ttlMs: number
  /** The request headers the answer depends on, as `Vary` takes them. */
  readonly vary: string
}

/** Answers 200 with the representation in the coding asked for, or 304 to a caller that has it already. */
export function createRepresentationSender({ ttlMs, vary }: RepresentationSenderOptions): RepresentationSender {
  let latest: { stamp: Stamp; lines: string } | null = null

  /** What every answer of one representation says within the same second. */
  function commonLines(stamp: Stamp): string {
    if (latest === null || !isSame(latest.stamp, stamp)) latest = { stamp, lines: headerLines(commonFields(stamp)) }
    return latest.lines
  }

  function commonFields({ encoded, answer, age, ttl, isRefresh }: Stamp): string[] {
    const { representation, copy, result, headers } = answer
    const fields = ['ETag', encoded.etag, 'Cache-Control', 'private, no-cache', 'Vary', vary, 'Age', String(age)]
    fields.push('Cache-Status', cacheStatus(ttl, result, isRefresh))
    const { upstreamRequestId } = copy.value
    if (upstreamRequestId !== null) fields.push('X-Upstream-Request-Id', upstreamRequestId)
    return headers ? [...fields, ...headers(representation)] : fields
  }

  return (request, response, answer) => {
    const { representation, copy } = answer
    const encoded = representation.encoded(codingFor(request))
    const lines = commonLines({
      encoded,
      answer,
      age: Math.floor(copy.ageMs / 1000),
      ttl: Math.ceil((ttlMs - copy.ageMs) / 1000),
      isRefresh: request.method === 'POST',
    })
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    if (isRead && matchesIfNoneMatch(request.headers['if-none-match'], encoded.etag)) {
      reply(response, { status: 304, lines })
      return
    }
    reply(response, { status: 200, lines: lines + contentLines[encoded.coding], body: encoded.body })
  }
}

/** RFC 9211: how this cache handled the request, and for how many seconds more the copy is fresh. */
function cacheStatus(ttl: number, result: CacheResult, isRefresh: boolean): string {
  const handling = isRefresh ? 'fwd=request; stored' : result === 'miss' ? 'fwd=miss; stored' : 'hit'
  const detail = result === 'stale' ? '; detail=stale' : ''
  return `face-groups; ${handling}; ttl=${ttl}${detail}`
}

const json = ['Content-Type', 'application/json; charset=utf-8']

const contentLines: Record<ContentCoding, string> = {
  identity: headerLines(json),
  gzip: headerLines([...json, 'Content-Encoding', 'gzip']),
  br: headerLines([...json, 'Content-Encoding', 'br']),
}

/** All that the common fields are made of. */
interface Stamp {
  readonly encoded: EncodedBody
  readonly answer: RepresentationAnswer
  /** In whole seconds. */
  readonly age: number
  /** In whole seconds; negative once the copy is stale. */
  readonly ttl: number
  readonly isRefresh: boolean
}

/** Representations are equal where their encoded bodies are the same one. */
function isSame(some: Stamp, other: Stamp): boolean {
  return (
    some.encoded === other.encoded &&
    some.answer.copy.value === other.answer.copy.value &&
    some.answer.result === other.answer.result &&
    some.age === other.age &&
    some.ttl === other.ttl &&
    some.isRefresh === other.isRefresh
  )
}

/** Throws the problem `not_acceptable` for a caller that will not have JSON (RFC 9110 §12.5.1). */
export function requireJsonAccepted(request: Request): void {
  const { accept } = request.headers
  if (accept === undefined || accept === '*/*' || accept === 'application/json') return
  // JSON has no parameters that would make another type of it (RFC 8259 §11); clients send charset all the same.
  const ranges = accept.split(',').map((range) =>
    range
      .toLowerCase()
      .split(';')
      .map((part) => part.trim()),
  )
  const [best] = ['application/json', 'application/*', '*/*'].flatMap((type) =>
    ranges.filter(([name]) => name === type),
  )
  if (best === undefined || best.some((parameter) => /^q=0(\.0*)?$/.test(parameter))) {
    throw new ProblemError('not_acceptable', { detail: 'This resource is application/json.' })
  }
}

/** By our preference: br is the smallest. */
const codings: readonly (readonly [ContentCoding, RegExp])[] = [
  ['br', /^br$/],
  ['gzip', /^(x-)?gzip$/],
]

/** The coding of the highest quality, br before gzip before none where it is the same (RFC 9110 §12.5.3). */
function codingFor({ headers }: Request): ContentCoding {
  const accepted = headers['accept-encoding']
  if (accepted === undefined || accepted === 'identity') return 'identity'
  const entries = accepted.split(',').map((entry) => {
    const [name = '', weight = 'q=1'] = entry.toLowerCase().replace(/\s/g, '').split(';')
    return { name, quality: /^q=(1|0)(\.\d{0,3})?$/.test(weight) ? Number(weight.slice(2)) : 0 }
  })
  const qualityOf = (coding: RegExp) => entries.find(({ name }) => coding.test(name))?.quality
  const others = qualityOf(/^\*$/) ?? 0
  let best: ContentCoding = 'identity'
  let highest = qualityOf(/^identity$/) ?? 0
  for (const [coding, name] of codings) {
    const quality = qualityOf(name) ?? others
    // Among the same quality the first one wins, and any coding wins over none.
    if (quality > 0 && (quality > highest || (quality === highest && best === 'identity'))) {
      best = coding
      highest = quality
    }
  }
  return best
}
