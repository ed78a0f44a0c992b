import type { Request } from 'express'
import { ProblemError } from './problem.js'

/** Throws the problem `cross_site_request` where a page of another site may be using the caller's browser. */
export type CrossSiteGuard = (request: Request) => void

export interface CrossSiteGuardOptions {
  /** Origins besides our own whose pages may act for the caller; those of CORS. */
  readonly origins: readonly string[]
}

/**
 * Guards what changes state. `Sec-Fetch-Site` decides where the browser sends it (Fetch Metadata), else
 * `Origin`, which every browser sends with a POST. A request that shows neither is no browser's, so no page can
 * have made it; nor can one make what a person started themselves (`none`).
 */
export function createCrossSiteGuard({ origins }: CrossSiteGuardOptions): CrossSiteGuard {
  const allowed = new Set(origins)

  function isOurs(request: Request): boolean {
    const { origin, 'sec-fetch-site': site } = request.headers
    if (origin !== undefined && allowed.has(origin)) return true
    if (site !== undefined) return site === 'same-origin' || site === 'none'
    return origin === undefined || origin === `${request.protocol}://${request.host}`
  }

  return (request) => {
    if (isOurs(request)) return
    throw new ProblemError('cross_site_request', {
      reason: 'cross_site',
      detail: 'Only a page of this origin or of an allowed one may do this.',
    })
  }
}
