/** Where an answer came from and how old it is. */
export interface AnswerFacts {
  /** Whether the content differs from what this client was given before for the same question. */
  readonly changed: boolean
  /** Seconds since the vendor gave the copy; `null` where it is not told. */
  readonly ageSeconds: number | null
  /**
   * `hit`: from a fresh copy. `stale`: from one that is being renewed. `miss`: the vendor was asked first.
   * `refresh`: the vendor was asked on demand.
   */
  readonly source: 'hit' | 'stale' | 'miss' | 'refresh' | 'unknown'
  readonly etag: string | null
  readonly requestId: string | null
  /** The vendor's id of the call that produced the copy. */
  readonly upstreamRequestId: string | null
}

/** Reads an answer's headers (RFC 9111 `Age`, RFC 9211 `Cache-Status`). */
export function factsOf({ headers }: Response, changed: boolean): AnswerFacts {
  const age = headers.get('age')
  return {
    changed,
    ageSeconds: age !== null && /^\d+$/.test(age) ? Number(age) : null,
    source: sourceOf(headers.get('cache-status') ?? ''),
    etag: headers.get('etag'),
    requestId: headers.get('x-request-id'),
    upstreamRequestId: headers.get('x-upstream-request-id'),
  }
}

function sourceOf(cacheStatus: string): AnswerFacts['source'] {
  const parameters = cacheStatus.split(';').map((part) => part.trim())
  if (parameters.includes('detail=stale')) return 'stale'
  if (parameters.includes('hit')) return 'hit'
  if (parameters.includes('fwd=request')) return 'refresh'
  return parameters.some((part) => part.startsWith('fwd=')) ? 'miss' : 'unknown'
}
