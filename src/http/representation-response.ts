import type { Request, Response } from 'express'
import fresh from 'fresh'
import Negotiator from 'negotiator'
import type { ContentCoding, Representation } from '../face-groups/representation.js'
import type { Snapshot } from '../face-groups/snapshot.js'
import type { Copy } from '../snapshot-cache/types.js'
import { type CacheResult, contextOf } from './context.js'
import { ProblemError } from './problem.js'
import { respond } from './respond.js'

export interface RepresentationAnswer {
  readonly representation: Representation
  /** The copy that it belongs to, for its age and origin. */
  readonly copy: Copy<Snapshot>
  /** Path and query of the next page; `null` on the last. */
  readonly next: string | null
}

export type SendRepresentation = (request: Request, response: Response, answer: RepresentationAnswer) => void

export interface SendRepresentationOptions {
  readonly ttlMs: number
  /** The value of `Vary`: the request headers that the answer depends on. */
  readonly vary: string
}

/** Answers 200 with the representation in the negotiated coding, or 304 if the caller has it already. */
export function createSendRepresentation({ ttlMs, vary }: SendRepresentationOptions): SendRepresentation {
  return (request, response, { representation, copy, next }) => {
    const isRefresh = request.method === 'POST'
    const { etag, coding, body } = representation.encoded(contentCodingFor(request))
    const ttl = Math.ceil((ttlMs - copy.ageMs) / 1000)
    const headers = ['ETag', etag, 'Cache-Control', 'private, no-cache']
    headers.push(
      'Age',
      String(Math.floor(copy.ageMs / 1000)),
      'Cache-Status',
      cacheStatus(contextOf(response).cache, { ttl, isRefresh }),
    )
    const { upstreamRequestId } = copy.value
    if (upstreamRequestId !== null) headers.push('X-Upstream-Request-Id', upstreamRequestId)
    if (next !== null) headers.push('Link', `<${next}>; rel="next"`)
    if (!isRefresh && isKnown(request, etag)) {
      respond(response, { status: 304, headers, vary })
      return
    }
    headers.push('Content-Type', 'application/json; charset=utf-8')
    if (coding !== 'identity') headers.push('Content-Encoding', coding)
    respond(response, { status: 200, headers, vary, body })
  }
}

/** RFC 9211: how the cache handled the request, and for how many more seconds the copy is fresh. */
function cacheStatus(result: CacheResult | undefined, options: { ttl: number; isRefresh: boolean }): string {
  const { ttl, isRefresh } = options
  const handling = isRefresh ? 'fwd=request; stored' : result === 'miss' ? 'fwd=miss; stored' : 'hit'
  return `face-groups; ${handling}; ttl=${ttl}${result === 'stale' ? '; detail=stale' : ''}`
}

/**
 * Whether the caller already has what `etag` identifies (RFC 9110 §13.1.2). Only `If-None-Match` decides: browsers and
 * Node add `Cache-Control: no-cache` to conditional requests of scripts, which is meant for intermediate caches.
 */
function isKnown({ headers }: Request, etag: string): boolean {
  const ifNoneMatch = headers['if-none-match']
  return ifNoneMatch !== undefined && fresh({ 'if-none-match': ifNoneMatch.trim() }, { etag })
}

/** Throws the problem `not_acceptable` if the caller does not accept JSON (RFC 9110 §12.5.1). */
export function requireJsonAccepted(request: Request): void {
  // JSON has no parameters (RFC 8259 §11), but clients send charset.
  const { accept } = request.headers
  if (accept === undefined || accept === '*/*') return
  if (!request.accepts('application/json', 'application/json; charset=utf-8')) {
    throw new ProblemError('not_acceptable', { detail: 'This resource is available as application/json only.' })
  }
}

/** In order of preference; br is the smallest. */
const codings: ContentCoding[] = ['br', 'gzip', 'identity']

/** The coding of the highest quality; among equals br before gzip before none (RFC 9110 §12.5.3). */
function contentCodingFor(request: Request): ContentCoding {
  if (request.headers['accept-encoding'] === undefined) return 'identity'
  const coding = new Negotiator(request).encoding(codings, { preferred: codings })
  return codings.find((known) => known === coding) ?? 'identity'
}
