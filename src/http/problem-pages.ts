import { type ProblemCode, problems } from './problem.js'

interface Explanation {
  /** What it means, for whoever sees it. */
  readonly meaning: string
  /** What the caller can do. */
  readonly caller: string
  /** What the service's operators can do, where they can do something. */
  readonly operator?: string
}

const explanations: Record<ProblemCode, Explanation> = {
  invalid_request: {
    meaning:
      'Something in the address cannot be understood: an unknown, repeated or malformed parameter, or a path that does not decode.',
    caller: 'Each fault stands in “errors”. Correct them all; the same request will fail again.',
  },
  unauthenticated: {
    meaning:
      'The service does not know who is asking: no token came, or one that is expired, for someone else, or not signed by the expected issuer.',
    caller: 'Sign in again and send the new token. The WWW-Authenticate header says whether a token came at all.',
    operator: 'If everyone meets this: compare issuer and audience with the tokens, and run the doctor.',
  },
  forbidden: {
    meaning: 'The service knows who is asking, and the caller does not have the permission this needs.',
    caller:
      'The scope that is missing stands in the WWW-Authenticate header. Ask for it where tokens are given out. Where the ' +
      'header is missing, the detail says what else is to be changed there.',
  },
  cross_site_request: {
    meaning: 'A page of another site asked for something that changes state, in the name of someone who is signed in.',
    caller: 'Call from a page of this origin, or have your origin allowed.',
    operator: 'Add the origin to CORS_ORIGINS if it is one of ours.',
  },
  not_found: {
    meaning: 'There is no such address, or no such face library that this caller may see. The two are not told apart.',
    caller: 'Check the id; slashes and blanks in it must be percent-encoded.',
  },
  method_not_allowed: {
    meaning: 'The address exists, but not for this method.',
    caller: 'The Allow header lists the methods there are.',
  },
  not_acceptable: {
    meaning: 'The request accepts only media types that this address does not have.',
    caller: 'Accept application/json.',
  },
  rate_limited: {
    meaning:
      'Too many requests in a short time, too many refused tokens, or the list was refreshed on demand a moment ago.',
    caller: 'Wait as long as Retry-After says. Ask with If-None-Match instead of fetching the list again and again.',
    operator: 'RATE_LIMIT_PER_MINUTE is per caller and replica.',
  },
  internal: {
    meaning: 'A fault of this service’s own. Nothing about it is told here.',
    caller: 'Try again once. If it stays, give the request id to the operators.',
    operator: 'The request id finds the log line with the cause.',
  },
  upstream_rejected: {
    meaning:
      'FinAuth refused the service’s own credentials or request, and there is no copy to serve. It says nothing about the caller’s token.',
    caller: 'Nothing but wait: the operators are alerted.',
    operator:
      'Run the doctor: it tries each pair of credentials. Look for a revoked key, an IP restriction or an account without balance.',
  },
  upstream_invalid_response: {
    meaning: 'FinAuth answered with something that is not the documented list, and there is no copy to serve.',
    caller: 'Try again after Retry-After.',
    operator: 'The log says in what way. A proxy in between, or the vendor changed its contract.',
  },
  upstream_unavailable: {
    meaning: 'FinAuth cannot be reached or fails, and there is no copy to serve.',
    caller: 'Try again after Retry-After.',
    operator: 'Check egress, proxy and DNS with the doctor, then the vendor’s status.',
  },
  upstream_overloaded: {
    meaning: 'FinAuth answers too many calls of this account at once, and there is no copy to serve.',
    caller: 'Try again after Retry-After.',
    operator: 'The fleet itself makes one call at a time: something else uses the same account.',
  },
  identity_provider_unavailable: {
    meaning: 'The keys to check tokens with cannot be fetched, so no token can be judged.',
    caller: 'Try again after Retry-After; a new token does not help.',
    operator: 'Check JWT_JWKS_URI from where the service runs.',
  },
  shutting_down: {
    meaning: 'This instance is going away, most likely for a new version.',
    caller: 'Try again at once: another instance answers.',
  },
  upstream_timeout: {
    meaning: 'FinAuth did not answer in time, and there is no copy to serve.',
    caller: 'Try again after Retry-After.',
    operator: 'Compare the upstream’s latency with FINAUTH_TIMEOUT_MS and FINAUTH_DEADLINE_MS.',
  },
}

/** The style of the explaining pages; served as a file, since nothing inline is allowed. */
export const pageStyle = `:root { color-scheme: light dark; font: 1rem/1.6 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 42rem; padding: 0 1rem; }
code { font-family: ui-monospace, monospace; }
dt { margin-top: 1rem; font-weight: bold; }
dd { margin: 0; }
`

/** The page at `/problems/{code}`: what the problem means, and who can do what about it. */
export function problemPage(code: ProblemCode): string {
  const { status, title } = problems[code]
  const { meaning, caller, operator } = explanations[code]
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title}</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/assets/page.css">
  </head>
  <body>
    <main>
      <h1>${title}</h1>
      <p><code>${code}</code>, HTTP status ${status}</p>
      <p>${meaning}</p>
      <dl>
        <dt>What a caller can do</dt>
        <dd>${caller}</dd>${operator === undefined ? '' : `\n        <dt>What the operators can do</dt>\n        <dd>${operator}</dd>`}
      </dl>
      <p><a href="/docs">All of the API</a></p>
    </main>
  </body>
</html>
`
}
