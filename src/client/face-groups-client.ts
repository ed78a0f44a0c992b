import createClient from 'openapi-fetch'
import type { components, operations, paths } from '../face-groups/api-types.generated.js'
import { type AnswerFacts, factsOf } from './answer-facts.js'
import { problemOf, unreachable } from './face-groups-problem.js'
import { type RememberedAnswers, rememberAnswers } from './remembered-answers.js'
import { watch, type WatchOptions } from './watch.js'

export type { AnswerFacts } from './answer-facts.js'
export { FaceGroupsProblem, type FaceGroupsProblemCode } from './face-groups-problem.js'
export type { PageVisibility } from './page-visibility.js'
export type { WatchOptions } from './watch.js'

export type FaceGroup = components['schemas']['FaceGroup']
/** Filters, order and page size; see the service's /docs. */
export type ListQuery = NonNullable<operations['listFaceGroups']['parameters']['query']>
export type FaceGroupList = components['schemas']['FaceGroupPage'] & { readonly facts: AnswerFacts }
export type OneFaceGroup = { readonly data: FaceGroup; readonly facts: AnswerFacts }

export interface FaceGroupsClientOptions {
  /** The service's origin, e.g. `https://face-groups.example.com`. Default: that of the page. */
  readonly baseUrl?: string
  /** The bearer token to send, asked for before each call; `null` for none (cookie, gateway session). */
  readonly token?: () => string | null | Promise<string | null>
  /** Whether cookies go along to another origin. Default `same-origin`. */
  readonly credentials?: 'omit' | 'same-origin' | 'include'
  readonly fetch?: (request: Request) => Promise<Response>
}

export interface CallOptions {
  readonly signal?: AbortSignal
}

/**
 * Calls the service from a web app or from Node. Every method rejects with a `FaceGroupsProblem`, or with the signal's
 * reason. An answer that was given before is only asked about by its ETag; while nothing changed, the
 * same `data` comes back, identical, with `facts.changed` false.
 */
export interface FaceGroupsClient {
  /** One page. */
  list(query?: ListQuery, options?: CallOptions): Promise<FaceGroupList>
  /** One group; rejects with the problem `not_found` where the caller can see none of this id. */
  get(id: string, options?: CallOptions): Promise<OneFaceGroup>
  /** Every group of every page, fetched as the loop gets there. `limit` is the size of a page. */
  iterate(query?: Omit<ListQuery, 'cursor'>, options?: CallOptions): AsyncGenerator<FaceGroup, void, undefined>
  /** Has the service fetch the list anew; needs the refresh scope. The default first page. */
  refresh(options?: CallOptions): Promise<FaceGroupList>
  /** Keeps a page up to date until the signal aborts. */
  watch(query: ListQuery, options: WatchOptions<FaceGroupList>): Promise<void>
}

const maxRemembered = 100

/** The list is nobody's business but the page's: it stays out of the browser's disk cache. */
const notKept = { cache: 'no-store' } as const

export function createFaceGroupsClient(options: FaceGroupsClientOptions = {}): FaceGroupsClient {
  const { baseUrl = '', token, credentials = 'same-origin', fetch } = options
  const pages = rememberAnswers<components['schemas']['FaceGroupPage']>({ maxEntries: maxRemembered })
  const groups = rememberAnswers<FaceGroup>({ maxEntries: maxRemembered })
  const api = createClient<paths>({ baseUrl, credentials, ...notKept, ...(fetch && { fetch }) })
  api.use({
    async onRequest({ request }) {
      const bearer = await token?.()
      if (bearer) request.headers.set('Authorization', `Bearer ${bearer}`)
      return request
    },
  })

  async function ask<T>({ remembered, key, call, signal }: Question<T>): Promise<Answer<T>> {
    const known = remembered.get(key)
    const { data, error, response } = await call({
      header: known ? { 'If-None-Match': known.etag } : {},
      ...(signal && { signal }),
    }).catch((cause: unknown) => {
      signal?.throwIfAborted()
      throw unreachable(cause)
    })
    if (response.status === 304 && known) return { body: known.body, facts: factsOf(response, false) }
    if (data === undefined) throw problemOf(response, error)
    const etag = response.headers.get('etag')
    if (known && known.etag === etag) return { body: known.body, facts: factsOf(response, false) }
    if (etag !== null) remembered.set(key, { etag, body: data })
    return { body: data, facts: factsOf(response, true) }
  }

  async function list(query: ListQuery = {}, call: CallOptions = {}): Promise<FaceGroupList> {
    const { body, facts } = await ask({
      remembered: pages,
      key: keyOf(query),
      call: ({ header, ...init }) => api.GET('/api/face-groups', { params: { query, header }, ...init }),
      ...call,
    })
    return { ...body, facts }
  }

  return {
    list,
    async get(id, call = {}) {
      if (/^\.{0,2}$/.test(id)) throw new RangeError(`the id ${JSON.stringify(id)} cannot stand in a URL; use list()`)
      const path = { groupId: id }
      const { body, facts } = await ask({
        remembered: groups,
        key: id,
        call: ({ header, ...init }) => api.GET('/api/face-groups/{groupId}', { params: { path, header }, ...init }),
        ...call,
      })
      return { data: body, facts }
    },
    async *iterate(query = {}, call = {}) {
      let cursor: string | null = null
      do {
        const { data, page }: FaceGroupList = await list(cursor === null ? query : { ...query, cursor }, call)
        yield* data
        cursor = page.nextCursor
      } while (cursor !== null)
    },
    async refresh(call = {}) {
      const { body, facts } = await ask({
        remembered: pages,
        key: keyOf({}),
        call: ({ signal }) => api.POST('/api/face-groups/refresh', signal ? { signal } : {}),
        ...call,
      })
      return { ...body, facts }
    },
    watch: (query, watching) => watch((signal) => list(query, { signal }), watching),
  }
}

function keyOf(query: ListQuery): string {
  const parameters = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return parameters.toSorted((a, b) => (a < b ? -1 : 1)).join('&')
}

interface Question<T> extends CallOptions {
  readonly remembered: RememberedAnswers<T>
  readonly key: string
  readonly call: Call<T>
}

type Call<T> = (init: { header: { 'If-None-Match'?: string }; signal?: AbortSignal }) => Promise<{
  readonly data?: T
  readonly error?: unknown
  readonly response: Response
}>

interface Answer<T> {
  readonly body: T
  readonly facts: AnswerFacts
}
