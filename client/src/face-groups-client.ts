import createClient from 'openapi-fetch'
import { AnswerCache } from './answer-cache.js'
import { type AnswerFacts, readAnswerFacts } from './answer-facts.js'
import type { components, operations, paths } from './api-types.generated.js'
import { FaceGroupsProblem, localProblem, problemFromAnswer } from './face-groups-problem.js'
import { watch, type WatchOptions } from './watch.js'

export type { AnswerFacts } from './answer-facts.js'
export { FaceGroupsProblem, type FaceGroupsProblemCode } from './face-groups-problem.js'
export type { PageVisibility, WatchOptions } from './watch.js'

export type FaceGroup = components['schemas']['FaceGroup']
/** Filters, order and page size; see the service's /docs. */
export type ListQuery = NonNullable<operations['listFaceGroups']['parameters']['query']>
type Page = components['schemas']['FaceGroupPage']
export type FaceGroupList = Page & { readonly facts: AnswerFacts }
export type OneFaceGroup = { readonly data: FaceGroup; readonly facts: AnswerFacts }

export interface FaceGroupsClientOptions {
  /**
   * The service's URL, e.g. `https://face-groups.example.com`, optionally with the path that a gateway adds. In a
   * browser it may be relative; the default is the page's origin. Required in Node.
   */
  readonly baseUrl?: string
  /** Returns the bearer token, called before each request; `null` sends none (cookie or gateway session). */
  readonly token?: () => string | null | Promise<string | null>
  /** Whether cookies are sent to another origin. Default `same-origin`. */
  readonly credentials?: 'omit' | 'same-origin' | 'include'
  /** Default: the global `fetch`. */
  readonly fetch?: (request: Request) => Promise<Response>
}

export interface CallOptions {
  readonly signal?: AbortSignal
}

/**
 * Calls the service. Every method rejects with a `FaceGroupsProblem`, or with the signal's reason. A repeated call
 * revalidates the previous answer by its ETag: while nothing changed it returns the identical `data`, with
 * `facts.changed` false.
 */
export interface FaceGroupsClient {
  /** Returns one page. */
  list(query?: ListQuery, options?: CallOptions): Promise<FaceGroupList>
  /** Returns one group. Rejects with the problem `not_found` if the caller can see no group of this id. */
  get(id: string, options?: CallOptions): Promise<OneFaceGroup>
  /** Yields every group of every page and fetches pages as needed. `limit` is the page size. */
  iterate(query?: Omit<ListQuery, 'cursor'>, options?: CallOptions): AsyncGenerator<FaceGroup, void, undefined>
  /** Makes the service fetch the list from the vendor; needs the refresh scope. Returns the default first page. */
  refresh(options?: CallOptions): Promise<FaceGroupList>
  /** Keeps a page up to date until the signal aborts. */
  watch(query: ListQuery, options: WatchOptions<FaceGroupList>): Promise<void>
}

/** Keeps the list out of the browser's disk cache. */
const notOnDisk = { cache: 'no-store' } as const

/** Creates a client. Sends nothing and throws nothing: an invalid `baseUrl` makes every call reject. */
export function createFaceGroupsClient(options: FaceGroupsClientOptions = {}): FaceGroupsClient {
  const { baseUrl, token, credentials = 'same-origin', fetch } = options
  const pages = new AnswerCache<Page>()
  const groups = new AnswerCache<FaceGroup>()
  const api = createClient<paths>({ credentials, ...notOnDisk, ...(fetch && { fetch }) })
  api.use({
    async onRequest({ request }) {
      try {
        const bearer = await token?.()
        if (bearer) request.headers.set('Authorization', `Bearer ${bearer}`)
      } catch (cause) {
        throw localProblem('token_unavailable', 'The access token could not be obtained.', cause)
      }
      return request
    },
    onResponse({ response }) {
      // A gateway's sign-in page, for example.
      const isJson = /^application\/json\b/i.test(response.headers.get('content-type') ?? '')
      if (response.ok && !isJson) throw problemFromAnswer(response, null)
    },
  })

  async function ask<T>({ cache, key, call, signal }: Question<T>): Promise<Answer<T>> {
    const known = cache.get(key)
    const init = {
      baseUrl: resolveBaseUrl(baseUrl),
      headers: known ? { 'If-None-Match': known.etag } : {},
      ...(signal && { signal }),
    }
    const { data, error, response } = await call(init).catch((cause: unknown) => {
      signal?.throwIfAborted()
      if (cause instanceof FaceGroupsProblem) throw cause
      if (cause instanceof SyntaxError) throw localProblem('unreadable_answer', 'The answer is not valid JSON.', cause)
      throw localProblem('unreachable', 'The service cannot be reached. Is the network available?', cause)
    })
    if (response.status === 304 && known) return { body: known.body, facts: readAnswerFacts(response, false) }
    if (data === undefined) throw problemFromAnswer(response, error)
    const etag = response.headers.get('etag')
    if (known && known.etag === etag) return { body: known.body, facts: readAnswerFacts(response, false) }
    if (etag !== null) cache.set(key, { etag, body: data })
    return { body: data, facts: readAnswerFacts(response, true) }
  }

  async function list(query: ListQuery = {}, { signal }: CallOptions = {}): Promise<FaceGroupList> {
    const call: Call<Page> = (init) => api.GET('/api/face-groups', { params: { query }, ...init })
    const { body, facts } = await ask({ cache: pages, key: keyOf(query), call, signal })
    return { ...body, facts }
  }

  return {
    list,
    async get(groupId, { signal } = {}) {
      if (/^\.{0,2}$/.test(groupId)) {
        throw new RangeError(`the id ${JSON.stringify(groupId)} cannot be part of a URL; use list()`)
      }
      const call: Call<FaceGroup> = (init) =>
        api.GET('/api/face-groups/{groupId}', { params: { path: { groupId } }, ...init })
      const { body, facts } = await ask({ cache: groups, key: groupId, call, signal })
      return { data: body, facts }
    },
    async *iterate(query = {}, options = {}) {
      let cursor: string | null = null
      do {
        const { data, page }: FaceGroupList = await list(cursor === null ? query : { ...query, cursor }, options)
        yield* data
        cursor = page.nextCursor
      } while (cursor !== null)
    },
    async refresh({ signal } = {}) {
      const call: Call<Page> = ({ headers: _unconditional, ...init }) => api.POST('/api/face-groups/refresh', init)
      const { body, facts } = await ask({ cache: pages, key: keyOf({}), call, signal })
      return { ...body, facts }
    },
    watch: (query, watchOptions) => watch((signal) => list(query, { signal }), watchOptions),
  }
}

declare const location: { readonly origin: string } | undefined

/** Resolves against the page's origin, if there is one. Throws the problem `invalid_configuration`. */
function resolveBaseUrl(baseUrl = ''): string {
  const origin = typeof location === 'undefined' ? undefined : location.origin
  try {
    const { href, protocol, username, password, search, hash } = new URL(baseUrl, origin)
    if (/^https?:$/.test(protocol) && !username && !password && !search && !hash) return href
  } catch {
    // Not a URL.
  }
  throw localProblem(
    'invalid_configuration',
    'baseUrl must be an http or https URL without credentials, query and fragment. Outside a web page it is required.',
  )
}

function keyOf(query: ListQuery): string {
  const parameters = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return parameters.toSorted((a, b) => (a < b ? -1 : 1)).join('&')
}

interface Question<T> {
  readonly cache: AnswerCache<T>
  readonly key: string
  readonly call: Call<T>
  readonly signal: AbortSignal | undefined
}

type Call<T> = (init: { baseUrl: string; headers: Record<string, string>; signal?: AbortSignal }) => Promise<{
  readonly data?: T
  readonly error?: unknown
  readonly response: Response
}>

interface Answer<T> {
  readonly body: T
  readonly facts: AnswerFacts
}
