/** Where an answer came from and how old it is. */
export interface AnswerFacts {
  /** Whether the content differs from the previous answer that this client received for the same call. */
  readonly changed: boolean
  /** Seconds since the vendor answered with this content; `null` if the service did not say. */
  readonly ageSeconds: number | null
  /**
   * `hit`: a fresh snapshot. `stale`: an older snapshot, being refreshed in the background. `miss`: the vendor was
   * asked for this request. `refresh`: the vendor was asked on demand.
   */
  readonly source: 'hit' | 'stale' | 'miss' | 'refresh' | 'unknown'
  readonly etag: string | null
  readonly requestId: string | null
  /** The vendor's id of the call that produced the content. */
  readonly upstreamRequestId: string | null
}

/** Reads an answer's headers (RFC 9111 `Age`, RFC 9211 `Cache-Status`). */
export function readAnswerFacts({ headers }: Response, changed: boolean): AnswerFacts {
  const age = headers.get('age')
  return {
    changed,
    ageSeconds: age !== null && /^\d+$/.test(age) ? Number(age) : null,
    source: readSource(headers.get('cache-status') ?? ''),
    etag: headers.get('etag'),
    requestId: headers.get('x-request-id'),
    upstreamRequestId: headers.get('x-upstream-request-id'),
  }
}

function readSource(cacheStatus: string): AnswerFacts['source'] {
  const parameters = cacheStatus.split(';').map((part) => part.trim())
  if (parameters.includes('detail=stale')) return 'stale'
  if (parameters.includes('hit')) return 'hit'
  if (parameters.includes('fwd=request')) return 'refresh'
  return parameters.some((part) => part.startsWith('fwd=')) ? 'miss' : 'unknown'
}
