import { type Request, type Response, Router } from 'express'
import { type HealthInput, isReady, judgeHealth } from './health.js'
import { methodNotAllowed } from './problem-response.js'
import { reply } from './reply.js'
import { contextOf } from './request-context.js'

export interface HealthRoutesOptions {
  readonly health: () => HealthInput
  /** Whether the checks are shown, not the status alone: on the admin port only. */
  readonly detail: 'status' | 'checks'
}

/** `/health`, `/health/live` and `/health/ready`, for anyone. */
export function healthRoutes({ health, detail }: HealthRoutesOptions): Router {
  const router = Router({ caseSensitive: true, strict: true })
  const routes: Record<string, () => { status: string; checks?: unknown }> = {
    '/health/live': () => ({ status: 'pass' }),
    '/health/ready': () => ({ status: isReady(health()) ? 'pass' : 'fail' }),
    '/health': () => {
      const { status, checks } = judgeHealth(health())
      return detail === 'checks' ? { status, checks } : { status }
    },
  }
  for (const [path, report] of Object.entries(routes)) {
    router
      .route(path)
      .get((_request: Request, response: Response) => {
        contextOf(response).route = path
        const body = report()
        reply(response, {
          status: body.status === 'fail' ? 503 : 200,
          headers: ['Content-Type', 'application/health+json', 'Cache-Control', 'no-store'],
          body: JSON.stringify(body),
        })
      })
      .all(methodNotAllowed('GET, HEAD', path))
  }
  return router
}
