import type { IRouter, Request, Response } from 'express'
import { decodeSearch } from '../face-groups/search-params.js'
import { defaultListQuery, type ListQuery, parseListQuery } from '../face-groups/query.js'
import type { Representation } from '../face-groups/representation.js'
import type { Snapshot } from '../face-groups/snapshot.js'
import { type Copy, RefreshTooSoonError, type SnapshotCache } from '../snapshot-cache/types.js'
import type { CrossSiteGuard } from './cross-site.js'
import type { Guard } from './guard.js'
import { ProblemError, type RequestFault, retryAfter } from './problem.js'
import { methodNotAllowed } from './problem-response.js'
import { createRecentMap } from './recent-map.js'
import { abortedOnClose, type CacheResult, contextOf } from './request-context.js'
import { type RepresentationSender, requireJsonAccepted } from './send-representation.js'

export interface FaceGroupsRoutesOptions {
  readonly cache: SnapshotCache<Snapshot>
  readonly guard: Guard
  readonly crossSite: CrossSiteGuard
  readonly send: RepresentationSender
  /** Empty: every known caller may read. */
  readonly readScope: string
  readonly refreshScope: string
  /** Least distance between two refreshes on demand, for the whole fleet. */
  readonly refreshWindowMs: number
}

type AnswerWithCopy = (copy: Copy<Snapshot>, result: CacheResult) => void | Promise<void>

const listPath = '/api/face-groups'
const refreshPath = `${listPath}/refresh`
const oneRoute = `${listPath}/{groupId}`
const read = 'GET, HEAD'

/** The methods of the resource's route at `path` as `Allow` lists them; `null` where there is none. */
export function methodsAt(path: string): string | null {
  if (path === listPath) return read
  // Reading /refresh reads the group of that id, if there is one.
  if (path === refreshPath) return `${read}, POST`
  return path.startsWith(`${listPath}/`) ? read : null
}

/** Adds the resource to the app's own router: the list, one group of it, and the refresh on demand. */
export function addFaceGroupsRoutes(router: IRouter, options: FaceGroupsRoutesOptions): void {
  const { cache, guard, crossSite, send, readScope, refreshScope, refreshWindowMs } = options

  const known = createRecentMap<ListQuery>({ maxEntries: 512 })

  /** Callers ask the same few questions again and again; reading one costs more than answering it. */
  function listQueryOf(request: Request): ListQuery {
    const search = searchOf(request)
    if (search.length > longestKnown) return readListQuery(search)
    let query = known.get(search)
    if (query === undefined) {
      query = readListQuery(search)
      known.set(search, query)
    }
    return query
  }

  /** Hands on a copy that may be served; synchronous while the cache is warm. */
  function withCopy(response: Response, answer: AnswerWithCopy): void | Promise<void> {
    const copy = cache.current()
    if (copy) {
      contextOf(response).cache = copy.freshness
      return answer(copy, copy.freshness)
    }
    return afterWaiting(response, cache.get(abortedOnClose(response)), answer)
  }

  async function afterWaiting(
    response: Response,
    waiting: Promise<Copy<Snapshot>>,
    answer: AnswerWithCopy,
  ): Promise<void> {
    try {
      const copy = await waiting
      contextOf(response).cache = 'miss'
      await answer(copy, 'miss')
    } catch (error) {
      contextOf(response).cache ??= 'error'
      throw error
    }
  }

  async function refreshed(response: Response): Promise<Copy<Snapshot>> {
    try {
      return await cache.refresh(abortedOnClose(response))
    } catch (error) {
      throw error instanceof RefreshTooSoonError ? tooSoon(error, refreshWindowMs) : error
    }
  }

  function sendList(
    request: Request,
    response: Response,
    query: ListQuery,
    patterns: readonly string[] | null,
  ): AnswerWithCopy {
    return async (copy, result) => {
      const representation = await copy.value.list(query, patterns)
      contextOf(response).disclosed = representation.count
      send(request, response, { representation, copy, result, headers: nextLink })
    }
  }

  router
    .route(listPath)
    .get((request, response) => {
      contextOf(response).route = listPath
      return guard(request, response, {
        scope: readScope,
        answer: (caller) => {
          requireJsonAccepted(request)
          const query = listQueryOf(request)
          return withCopy(response, sendList(request, response, query, caller.groupPatterns))
        },
      })
    })
    .all(methodNotAllowed(read, listPath))

  router.post(refreshPath, (request, response) => {
    contextOf(response).route = refreshPath
    return guard(request, response, {
      scope: refreshScope,
      answer: (caller) => {
        crossSite(request)
        requireJsonAccepted(request)
        requireNoQuery(request)
        const answer = sendList(request, response, defaultListQuery, caller.groupPatterns)
        return afterWaiting(response, refreshed(response), answer)
      },
    })
  })

  router.get(`${listPath}/:groupId`, (request, response) => {
    contextOf(response).route = oneRoute
    return guard(request, response, {
      scope: readScope,
      answer: (caller) => {
        requireJsonAccepted(request)
        requireNoQuery(request)
        const { groupId } = request.params
        return withCopy(response, (copy, result) => {
          const representation = copy.value.one(groupId, caller.groupPatterns)
          contextOf(response).disclosed = representation ? 1 : 0
          if (!representation)
            throw new ProblemError('not_found', { detail: 'There is no such group for this caller.' })
          contextOf(response).group = groupId
          send(request, response, { representation, copy, result })
        })
      },
    })
  })

  router.all(refreshPath, methodNotAllowed(`${read}, POST`, refreshPath))
  router.all(`${listPath}/:groupId`, methodNotAllowed(read, oneRoute))
}

/** Characters of a query string worth remembering. */
const longestKnown = 1024

function readListQuery(search: string): ListQuery {
  const parsed = parseListQuery(search)
  if (parsed.ok) return parsed.query
  throw faultyQuery(parsed.faults)
}

/** Throws for any parameter at all, on the routes that have none. */
function requireNoQuery(request: Request): void {
  const { faults } = decodeSearch(searchOf(request), [])
  if (faults.length > 0) throw faultyQuery(faults)
}

function searchOf({ url }: Request): string {
  const start = url.indexOf('?')
  return start === -1 ? '' : url.slice(start)
}

function faultyQuery(errors: readonly RequestFault[]): ProblemError {
  return new ProblemError('invalid_request', {
    detail: 'The query string has faults; each is listed in errors.',
    errors,
  })
}

/** The window is a quota of one, shared by every caller of the fleet. */
function tooSoon({ retryAfterMs }: RefreshTooSoonError, windowMs: number): ProblemError {
  const retryAfterSeconds = retryAfter(retryAfterMs)
  return new ProblemError('rate_limited', {
    detail: 'The list was refreshed on demand, or failed to be, a moment ago.',
    retryAfterSeconds,
    headers: {
      RateLimit: `"refresh";r=0;t=${retryAfterSeconds}`,
      'RateLimit-Policy': `"refresh";q=1;w=${Math.ceil(windowMs / 1000)}`,
    },
  })
}

function nextLink({ nextSearch }: Representation): readonly string[] {
  return nextSearch === null ? [] : ['Link', `<${listPath}?${nextSearch}>; rel="next"`]
}
