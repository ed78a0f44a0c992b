import express, { type IRouter, type Router } from 'express'
import type { HealthInput } from './health.js'
import type { Cors } from './cors.js'
import { healthRoutes } from './health-routes.js'
import { type FramedApp, type FramedAppOptions, frameApp } from './framed-app.js'

export interface AppOptions extends FramedAppOptions {
  /** CIDRs of the gateway whose `X-Forwarded-*` is believed. */
  readonly trustProxy: readonly string[]
  /** Absent where no other origin may call. */
  readonly cors?: Cors
  readonly health: () => HealthInput
  /** Adds the resource's routes to the app itself: a router between would be paid for by every request. */
  readonly addResource: (router: IRouter) => void
  /** Whatever else is served. */
  readonly routes: readonly Router[]
}

/** The public face: what callers and the gateway may reach. */
export function createApp(options: AppOptions): FramedApp {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.enable('case sensitive routing')
  app.enable('strict routing')
  app.set('trust proxy', [...options.trustProxy])
  // Queries are read strictly by each route; Express's lenient parser would only cost time.
  app.set('query parser', false)
  if (options.cors) app.use(options.cors)
  // The resource first: every layer before it is paid for by every request.
  options.addResource(app)
  app.use(...options.routes)
  app.use(healthRoutes({ health: options.health, detail: 'status' }))
  return frameApp(app, options)
}
