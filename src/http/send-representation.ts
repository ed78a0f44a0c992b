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
  /** Beyond those every representation has. */
  readonly headers?: readonly string[]
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

  function commonFields({ encoded, snapshot, age, cacheStatus }: Stamp): string[] {
    const fields = ['ETag', encoded.etag, 'Cache-Control', 'private, no-cache', 'Vary', vary, 'Age', String(age)]
    fields.push('Cache-Status', cacheStatus)
    if (snapshot.upstreamRequestId !== null) fields.push('X-Upstream-Request-Id', snapshot.upstreamRequestId)
    return fields
  }

  return (request, response, { representation, copy, result, headers = [] }) => {
    const encoded = representation.encoded(codingFor(request))
    const lines = commonLines({
      encoded,
      snapshot: copy.value,
      age: Math.floor(copy.ageMs / 1000),
      cacheStatus: cacheStatus(request, copy.ageMs, result),
    })
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    if (isRead && matchesIfNoneMatch(request.headers['if-none-match'], encoded.etag)) {
      reply(response, { status: 304, lines, headers })
      return
    }
    const coding = encoded.coding === 'identity' ? [] : ['Content-Encoding', encoded.coding]
    const own = ['Content-Type', 'application/json; charset=utf-8', ...coding]
    reply(response, { status: 200, lines, headers: [...headers, ...own], body: encoded.body })
  }

  /** RFC 9211: how this cache handled the request, and for how many seconds more the copy is fresh. */
  function cacheStatus(request: Request, ageMs: number, result: CacheResult): string {
    const handling = request.method === 'POST' ? 'fwd=request; stored' : result === 'miss' ? 'fwd=miss; stored' : 'hit'
    const detail = result === 'stale' ? '; detail=stale' : ''
    return `face-groups; ${handling}; ttl=${Math.ceil((ttlMs - ageMs) / 1000)}${detail}`
  }
}

/** All that the common fields are made of. */
interface Stamp {
  readonly encoded: EncodedBody
  readonly snapshot: Snapshot
  /** In whole seconds. */
  readonly age: number
  readonly cacheStatus: string
}

function isSame(some: Stamp, other: Stamp): boolean {
  return (
    some.encoded === other.encoded &&
    some.snapshot === other.snapshot &&
    some.age === other.age &&
    some.cacheStatus === other.cacheStatus
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

/** The coding the caller prefers, br before gzip before none where it does not care (RFC 9110 §12.5.3). */
function codingFor(request: Request): ContentCoding {
  const accepted = request.headers['accept-encoding']
  if (accepted === undefined || accepted === 'identity') return 'identity'
  const chosen = request.acceptsEncodings(['br', 'gzip', 'identity'])
  return chosen === 'br' || chosen === 'gzip' ? chosen : 'identity'
}
