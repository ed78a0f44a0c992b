import type { Request } from 'express'
import type { Caller } from './authentication/caller.js'
import type { AuthenticationEvents } from './authentication/events.js'
import { ProblemError } from './problem.js'

/** Throws the problem `cross_site_request` where a page of another site may be using the caller's browser. */
export type CrossSiteGuard = (request: Request, caller: Caller) => void

export interface CrossSiteGuardOptions {
  /** Origins besides our own whose pages may act for the caller; those of CORS. */
  readonly origins: readonly string[]
  readonly events: AuthenticationEvents
}

/**
 * Guards what changes state. `Sec-Fetch-Site` decides where the browser sends it (Fetch Metadata), else
 * `Origin`. A request that shows neither is no browser's: it passes with a token of its own, and not with
 * an identity that a browser or gateway attaches by itself.
 */
export function createCrossSiteGuard({ origins, events }: CrossSiteGuardOptions): CrossSiteGuard {
  const allowed = new Set(origins)

  function isOurs(request: Request, caller: Caller): boolean {
    const { origin, 'sec-fetch-site': site } = request.headers
    if (origin !== undefined && allowed.has(origin)) return true
    if (site !== undefined) return site === 'same-origin'
    if (origin !== undefined) return origin === `${request.protocol}://${request.host}`
    return !caller.ambient
  }

  return (request, caller) => {
    if (isOurs(request, caller)) return
    events.refused('cross_site')
    throw new ProblemError('cross_site_request', {
      detail: 'Only a page of this origin or of an allowed one may do this; Sec-Fetch-Site or Origin must say so.',
    })
  }
}
