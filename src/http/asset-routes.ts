import type { Buffer } from 'node:buffer'
import { hash } from 'node:crypto'
import { Router } from 'express'
import { matchesIfNoneMatch } from './conditional-request.js'
import { methodNotAllowed } from './problem-response.js'
import { reply } from './reply.js'
import { contextOf } from './request-context.js'
import { pageSecurityHeaders } from './security-headers.js'
import { headerLines } from './send-message.js'

/** A file as it is served. */
export interface Asset {
  readonly body: Buffer | string
  /** Its media type. */
  readonly type: string
}

/** Pages and what they load, for anyone, by their exact path. They change with a deployment alone. */
export function assetRoutes(assets: ReadonlyMap<string, Asset>): Router {
  const router = Router({ caseSensitive: true, strict: true })
  const security = headerLines(pageSecurityHeaders())
  for (const [path, { body, type }] of assets) {
    const etag = `"${hash('sha256', body, 'base64url').slice(0, 24)}"`
    const route = routeOf(path)
    const common = ['ETag', etag, 'Cache-Control', 'no-cache']
    router
      .route(path)
      .get((request, response) => {
        contextOf(response).route = route
        if (matchesIfNoneMatch(request.headers['if-none-match'], etag)) {
          reply(response, { status: 304, headers: common, security })
          return
        }
        reply(response, { status: 200, headers: [...common, 'Content-Type', type], body, security })
      })
      .all(methodNotAllowed('GET, HEAD', route))
  }
  return router
}

/** Files of one folder count as one route: a metric's label must not grow with them. */
function routeOf(path: string): string {
  if (path.startsWith('/assets/')) return '/assets/{file}'
  return path.startsWith('/problems/') ? '/problems/{code}' : path
}
