import express from 'express'
import type { HealthInput } from './health.js'
import { healthRoutes } from './health-routes.js'
import { type FramedApp, frameApp } from './framed-app.js'
import { type ErrorHandlerOptions, methodNotAllowed } from './problem-response.js'
import { reply } from './reply.js'
import { contextOf } from './request-context.js'

export interface AdminAppOptions extends ErrorHandlerOptions {
  readonly health: () => HealthInput
  /** The metrics in Prometheus' text format. */
  readonly metrics: () => Promise<{ contentType: string; text: string }>
}

/** What the platform may see: metrics, and health with its details. Never to be published. */
export function createAdminApp(options: AdminAppOptions): FramedApp {
  const app = express()
  app.disable('x-powered-by')
  app.use(healthRoutes({ health: options.health, detail: 'checks' }))
  app
    .route('/metrics')
    .get(async (_request, response) => {
      contextOf(response).route = '/metrics'
      const { contentType, text } = await options.metrics()
      reply(response, { status: 200, headers: ['Content-Type', contentType, 'Cache-Control', 'no-store'], body: text })
    })
    .all(methodNotAllowed('GET, HEAD', '/metrics'))
  return frameApp(app, { ...options, onEnd: () => {} })
}
