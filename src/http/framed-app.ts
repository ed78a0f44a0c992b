import type { Express, Request, Response } from 'express'
import { type ErrorHandlerOptions, errorHandler, notFound, unreadablePath } from './problem-response.js'
import { type RequestContextOptions, requestContext } from './request-context.js'

/** An app as a server calls it, with the prototypes of its messages. */
export interface FramedApp extends Pick<Express, 'request' | 'response'> {
  (request: Request, response: Response): void
}

export type FramedAppOptions = ErrorHandlerOptions & RequestContextOptions

/**
 * An Express app whose requests have a context before they reach it, and whose answers are problems where no route has
 * one. Express would make a last handler for each request, which writes pages of its own.
 */
export function frameApp(app: Express, options: FramedAppOptions): FramedApp {
  const giveContext = requestContext(options)
  const handleError = errorHandler(options)
  app.use(notFound, handleError)
  // Express itself would, for every request, only give both messages the prototypes they are made with (express-messages).
  const { router } = app
  let latestUrl: unknown

  function handle(request: WithParsedUrl, response: Response): void {
    giveContext(request, response)
    request._parsedUrl = latestUrl
    router(request, response, (error: unknown) => {
      // Without an error the router found no path to route by; with one, the handler above has failed itself.
      if (error === undefined || error === null) handleError(unreadablePath, request, response, nobody)
      else response.destroy()
    })
    latestUrl = request._parsedUrl
  }
  return Object.assign(handle, { request: app.request, response: app.response })
}

/** Where Express keeps a URL's parts, which it takes for good as long as the URL is the same. Most requests ask as others do. */
type WithParsedUrl = Request & { _parsedUrl?: unknown }

function nobody(): void {}
