import type { RequestHandler } from 'express'
import { contextOf } from './context.js'
import { type ProblemCode, problems } from './problem.js'
import { pageSecurity } from './security-headers.js'

/** What a problem means, what the caller can do and, optionally, what operators can do. */
type Explanation = readonly [meaning: string, caller: string, operator?: string]

const retry = 'Try again after the seconds in Retry-After.'
const noCopy = 'and there is no cached copy to serve'

const explanations: Record<ProblemCode, Explanation> = {
  invalid_request: [
    'The address has an unknown, repeated or malformed parameter, or a path that cannot be decoded.',
    'Fix every fault listed in “errors”. The same request will fail again.',
  ],
  unauthenticated: [
    'No token was sent, or it has expired, is for another service, or is not signed by the expected issuer.',
    'Sign in again and send the new token.',
    'If it affects everyone, compare issuer and audience with the tokens, and run the doctor.',
  ],
  forbidden: [
    'You are signed in, but you don’t have the permission that this needs.',
    'The WWW-Authenticate header names the missing scope. Ask for it where you get your tokens.',
  ],
  cross_site_request: [
    'A page of another site tried to change data on behalf of a signed-in person.',
    'Call from a page of this origin, or have your origin allowed.',
    'Add the origin to CORS_ORIGINS if it is one of yours.',
  ],
  not_found: [
    'There is no such address, or no such face library that you may see. The answer is the same for both.',
    'Check the ID. Slashes and spaces in it must be percent-encoded.',
  ],
  method_not_allowed: ['The address exists, but not for this method.', 'Use a method listed in the Allow header.'],
  not_acceptable: ['The Accept header excludes every media type of this address.', 'Accept application/json.'],
  rate_limited: [
    'There were too many requests or too many refused tokens, or the list was refreshed a moment ago.',
    `${retry} Send If-None-Match instead of fetching the whole list again.`,
    'RATE_LIMIT_PER_MINUTE applies per caller and replica.',
  ],
  internal: [
    'The service failed. The cause is in its log only.',
    'Try once more. If it fails again, give the request ID to the operators.',
    'Find the log line with the request ID.',
  ],
  upstream_rejected: [
    `FinAuth refused the service’s own credentials or request, ${noCopy}. Your token is not the cause.`,
    'Wait. The operators are alerted.',
    'Run the doctor. Look for a revoked key, an IP restriction or an account without balance.',
  ],
  upstream_invalid_response: [
    `FinAuth’s answer is not the documented list, ${noCopy}.`,
    retry,
    'The log says what differs. A proxy may be in between, or the vendor changed its contract.',
  ],
  upstream_unavailable: [
    `FinAuth cannot be reached or fails, ${noCopy}.`,
    retry,
    'Check egress, proxy and DNS with the doctor, then the vendor’s status page.',
  ],
  upstream_overloaded: [
    `FinAuth gets too many calls of this account at the same time, ${noCopy}.`,
    retry,
    'All replicas together make one call at a time. Something else uses the same account.',
  ],
  identity_provider_unavailable: [
    'The keys that verify tokens cannot be fetched.',
    `${retry} A new token does not help.`,
    'Check JWT_JWKS_URI from where the service runs.',
  ],
  shutting_down: ['This instance is stopping, most likely for a new version.', 'Try again: another instance answers.'],
  upstream_timeout: [
    `FinAuth did not answer in time, ${noCopy}.`,
    retry,
    'Compare FinAuth’s latency with FINAUTH_TIMEOUT_MS and FINAUTH_DEADLINE_MS.',
  ],
}

/** The page at `/problems/{code}`: what the problem means and what to do about it. */
export function problemPage(code: ProblemCode): string {
  const { status, title } = problems[code]
  const [meaning, caller, operator] = explanations[code]
  const body = `<p>Problem <code>${code}</code>, HTTP status ${status}</p>
      <h2>What it means</h2>
      <p>${meaning}</p>
      <h2>What you can do</h2>
      <p>${caller}</p>${operator === undefined ? '' : `\n      <h2>What operators can do</h2>\n      <p>${operator}</p>`}`
  return htmlPage(`${title}: what it means, what to do`, body)
}

/** Middleware for unknown paths: answers browsers with a small page and passes other requests on. */
export const notFoundPage: RequestHandler = (request, response, next) => {
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  if (!isRead || request.accepts(['application/problem+json', 'application/json', 'text/html']) !== 'text/html') {
    return next()
  }
  contextOf(response).problem = 'not_found'
  pageSecurity(request, response, () => {
    response.status(404).set({ 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' }).vary('Accept')
    response.end(htmlPage('Page not found', '<p>There is no page at this address.</p>'))
  })
}

/** A small page in the style of `/assets/page.css`. Both arguments are HTML. */
function htmlPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title}</title>
    <link rel="icon" type="image/svg+xml" href="/assets/favicon.svg">
    <link rel="stylesheet" href="/assets/page.css">
  </head>
  <body>
    <main>
      <h1>${title}</h1>
      ${body}
      <p><a href="/docs">API documentation</a></p>
    </main>
  </body>
</html>
`
}
