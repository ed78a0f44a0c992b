import express, { type Express, type IRouter, type RequestHandler, type Router } from 'express'
import { contextOf, requestContext, type RequestContextOptions } from './context.js'
import { type ErrorHandlerOptions, errorHandler, methodNotAllowed, notFound } from './error-handler.js'
import { type HealthInput, healthRoutes } from './health.js'
import { notFoundPage } from './problem-pages.js'
import { respond } from './respond.js'
import { dataSecurity } from './security-headers.js'

export interface AppOptions extends ErrorHandlerOptions, RequestContextOptions {
  /** CIDRs of the gateway whose `X-Forwarded-*` headers are trusted. */
  readonly trustProxy: readonly string[]
  /** Absent when no other origin may call. */
  readonly cors?: RequestHandler
  readonly health: () => HealthInput
  readonly addResource: (router: IRouter) => void
  /** Further routers. Their answers get the security headers and the request id. */
  readonly routes: readonly Router[]
}

/** The public app: context → CORS → routes → error handler. */
export function createApp(options: AppOptions): Express {
  const app = newApp()
  app.set('trust proxy', [...options.trustProxy])
  app.use(requestContext(options))
  if (options.cors) {
    app.use(preflightHeaders, options.cors)
  }
  options.addResource(app)
  // After the resource, whose answers get these headers from `respond`.
  app.use(dataSecurity, requestIdHeader)
  app.use(healthRoutes({ health: options.health, detail: 'status' }), ...options.routes)
  app.use(notFoundPage, notFound, errorHandler(options))
  return app
}

export interface AdminAppOptions extends ErrorHandlerOptions {
  readonly health: () => HealthInput
  /** The metrics in the Prometheus text format. */
  readonly metrics: () => Promise<{ contentType: string; text: string }>
}

/** The admin app for the platform: metrics, and health with details. Must never be published. */
export function createAdminApp(options: AdminAppOptions): Express {
  const app = newApp()
  app.use(requestContext({ onEnd() {} }))
  app.use(healthRoutes({ health: options.health, detail: 'checks' }))
  app
    .route('/metrics')
    .get(async (_request, response) => {
      const { contentType, text } = await options.metrics()
      respond(response, {
        status: 200,
        headers: ['Content-Type', contentType, 'Cache-Control', 'no-store'],
        body: text,
      })
    })
    .all(methodNotAllowed('GET, HEAD'))
  app.use(notFound, errorHandler(options))
  return app
}

function newApp(): Express {
  const app = express()
  app.disable('x-powered-by')
  app.enable('case sensitive routing')
  app.enable('strict routing')
  app.set('etag', 'strong')
  return app
}

/** For the answers of the CORS middleware, which only it sends. */
const preflightHeaders: RequestHandler = (request, response, next) => {
  if (request.method !== 'OPTIONS') return next()
  return dataSecurity(request, response, () => requestIdHeader(request, response, next))
}

const requestIdHeader: RequestHandler = (_request, response, next) => {
  response.setHeader('X-Request-Id', contextOf(response).requestId)
  next()
}
