import type { IRouter, Request, Response } from 'express'
import { decodeSearch, type QueryFault } from '../face-groups/search-params.js'
import { defaultListQuery, type ListQuery, parseListQuery } from '../face-groups/query.js'
import type { Snapshot } from '../face-groups/snapshot.js'
import { type Copy, RefreshFailedError, RefreshTooSoonError, type SnapshotCache } from '../snapshot-cache/types.js'
import { callerOf, rejectCrossSite, type RequireAccess } from './access.js'
import { abortedOnClose, contextOf } from './context.js'
import { methodNotAllowed } from './error-handler.js'
import { ProblemError, retryAfter } from './problem.js'
import { requireJsonAccepted, type SendRepresentation } from './representation-response.js'

export interface FaceGroupsRoutesOptions {
  readonly cache: SnapshotCache<Snapshot>
  readonly requireAccess: RequireAccess
  readonly send: SendRepresentation
  /** Other origins whose pages may refresh; those of CORS. */
  readonly origins: readonly string[]
  /** Empty: every authenticated caller may read. */
  readonly readScope: string
  readonly refreshScope: string
  /** Shortest time between two refreshes on demand, for the whole fleet. */
  readonly refreshWindowMs: number
}

const listPath = '/api/face-groups'
const refreshPath = `${listPath}/refresh`
const read = 'GET, HEAD'
const readAndRefresh = 'GET, HEAD, POST'

/** The methods of the resource's route at `path` as `Allow` lists them; `null` if there is none. */
export function methodsAt(path: string): string | null {
  if (path === listPath) return read
  // GET on this path reads the group with the id "refresh".
  if (path === refreshPath) return readAndRefresh
  return path.startsWith(`${listPath}/`) ? read : null
}

/** Adds the routes of the resource: the list, one group, and the refresh on demand. */
export function addFaceGroupsRoutes(router: IRouter, options: FaceGroupsRoutesOptions): void {
  const { cache, requireAccess, send, origins, readScope, refreshScope, refreshWindowMs } = options
  const mayRead = requireAccess(readScope)

  /** The copy in memory, otherwise the result of a refresh. */
  async function currentCopy(response: Response): Promise<Copy<Snapshot>> {
    const copy = cache.current()
    if (copy === null) return refreshedCopy(response, cache.get(abortedOnClose(response)))
    contextOf(response).cache = copy.freshness
    return copy
  }

  async function refreshedCopy(response: Response, refresh: Promise<Copy<Snapshot>>): Promise<Copy<Snapshot>> {
    const context = contextOf(response)
    try {
      const copy = await refresh
      context.cache = 'miss'
      return copy
    } catch (error) {
      if (error instanceof RefreshFailedError) context.cache = 'error'
      throw error
    }
  }

  async function refreshNow(response: Response): Promise<Copy<Snapshot>> {
    try {
      return await cache.refresh(abortedOnClose(response))
    } catch (error) {
      throw error instanceof RefreshTooSoonError ? tooSoon(error, refreshWindowMs) : error
    }
  }

  async function sendPage(request: Request, response: Response, query: ListQuery, copy: Copy<Snapshot>): Promise<void> {
    const context = contextOf(response)
    const { groupPatterns } = callerOf(context)
    const representation = await copy.value.list(query, groupPatterns)
    context.disclosed = representation.count
    const { nextSearch } = representation
    send(request, response, { representation, copy, next: nextSearch && `${listPath}?${nextSearch}` })
  }

  router
    .route(listPath)
    .get(mayRead, async (request: Request, response: Response) => {
      requireJsonAccepted(request)
      const query = readListQuery(request)
      await sendPage(request, response, query, await currentCopy(response))
    })
    .all(methodNotAllowed(read))

  const mayRefresh = [requireAccess(refreshScope), rejectCrossSite(origins)]
  router.post(refreshPath, mayRefresh, async (request: Request, response: Response) => {
    requireJsonAccepted(request)
    requireNoQuery(request)
    await sendPage(request, response, defaultListQuery, await refreshedCopy(response, refreshNow(response)))
  })

  router.get(`${listPath}/:groupId`, mayRead, async (request: Request<{ groupId: string }>, response: Response) => {
    requireJsonAccepted(request)
    requireNoQuery(request)
    const { groupId } = request.params
    const context = contextOf(response)
    const copy = await currentCopy(response)
    const representation = copy.value.one(groupId, callerOf(context).groupPatterns)
    context.disclosed = representation ? 1 : 0
    if (!representation) throw new ProblemError('not_found', { detail: 'No such group, or the caller may not see it.' })
    context.group = groupId
    send(request, response, { representation, copy, next: null })
  })

  router.all(refreshPath, methodNotAllowed(readAndRefresh))
  router.all(`${listPath}/:groupId`, methodNotAllowed(read))
}

function readListQuery(request: Request): ListQuery {
  const parsed = parseListQuery(searchOf(request))
  if (Array.isArray(parsed)) throw invalidQuery(parsed)
  return parsed
}

/** Rejects any query parameter, on routes that have none. */
function requireNoQuery(request: Request): void {
  const { faults } = decodeSearch(searchOf(request), [])
  if (faults.length > 0) throw invalidQuery(faults)
}

function searchOf({ url }: Request): string {
  const start = url.indexOf('?')
  return start === -1 ? '' : url.slice(start)
}

function invalidQuery(errors: readonly QueryFault[]): ProblemError {
  const detail = 'The query string is not valid. See errors.'
  return new ProblemError('invalid_request', { detail, errors })
}

/** The refresh window is a quota of one, shared by all callers of the fleet. */
function tooSoon({ retryAfterMs }: RefreshTooSoonError, windowMs: number): ProblemError {
  const retryAfterSeconds = retryAfter(retryAfterMs)
  return new ProblemError('rate_limited', {
    detail: 'The list was refreshed on demand a moment ago, or the attempt failed.',
    retryAfterSeconds,
    headers: {
      RateLimit: `"refresh";r=0;t=${retryAfterSeconds}`,
      'RateLimit-Policy': `"refresh";q=1;w=${Math.ceil(windowMs / 1000)}`,
    },
  })
}
