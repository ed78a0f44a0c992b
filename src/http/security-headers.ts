import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import helmet from 'helmet'

/** Header names and values, one after the other, as `ServerResponse.writeHead` takes them. */
export type FlatHeaders = readonly string[]

/**
 * helmet's headers for answers that are data: nothing may be loaded, framed or sniffed.
 * helmet computes them per response; they are the same for every one, so they are taken from it once.
 */
export function dataSecurityHeaders(): FlatHeaders {
  return headersOf(
    helmet({
      contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
      xFrameOptions: { action: 'deny' },
    }),
  )
}

/** helmet's headers for pages: only this origin's own scripts, styles, images and calls; nothing inline. */
export function pageSecurityHeaders(): FlatHeaders {
  const self = ["'self'"]
  return headersOf(
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'none'"],
          scriptSrc: self,
          styleSrc: self,
          imgSrc: ["'self'", 'data:'],
          fontSrc: self,
          connectSrc: self,
          baseUri: ["'none'"],
          formAction: ["'none'"],
          frameAncestors: ["'none'"],
        },
      },
      xFrameOptions: { action: 'deny' },
    }),
  )
}

function headersOf(middleware: ReturnType<typeof helmet>): FlatHeaders {
  const request = new IncomingMessage(new Socket())
  const response = new ServerResponse(request)
  middleware(request, response, () => {})
  return Object.entries(response.getHeaders()).flatMap(([name, value]) => [name, String(value)])
}
