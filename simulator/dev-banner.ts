export interface DevBannerOptions {
  readonly serviceUrl: string
  readonly adminUrl: string
  /** null when a FinAuth of one's own is in use. */
  readonly simulatorUrl: string | null
  readonly issuerUrl: string
  readonly token: string
  readonly redis: boolean
  /** Whether the service said it can answer. */
  readonly ready: boolean
}

/** What a developer wants to see first: addresses, and commands that work when pasted. */
export function devBanner(options: DevBannerOptions): string {
  const { serviceUrl, simulatorUrl } = options
  return [
    '',
    options.ready ? 'face-groups runs.' : 'face-groups runs, but says it is not ready: see its log.',
    '',
    `  page        ${serviceUrl}/#token=${options.token}`,
    `  admin       ${options.adminUrl}/metrics and /health`,
    `  vendor      ${simulatorUrl === null ? 'FINAUTH_BASE_URL, as configured' : `the simulator at ${simulatorUrl}`}`,
    `  cache       ${options.redis ? 'memory and Redis' : 'memory only (set REDIS_URL for Redis)'}`,
    '',
    'Try it (the token is good for 12 hours):',
    '',
    `curl -s ${serviceUrl}/api/face-groups -H 'Authorization: Bearer ${options.token}'`,
    '',
    'Another token:',
    '',
    `curl -s ${options.issuerUrl}/token -d sub=ada -d 'scope=face-groups:refresh' -d expiresInSeconds=3600`,
    '',
    ...(simulatorUrl === null ? [] : misbehaveHint(simulatorUrl)),
    'Ctrl-C stops everything.',
    '',
  ].join('\n')
}

function misbehaveHint(simulatorUrl: string): string[] {
  return [
    'What the vendor saw, and how to make it fail once:',
    '',
    `curl -s ${simulatorUrl}/__simulator/calls`,
    `curl -s ${simulatorUrl}/__simulator/behaviour --json '{"behaviour": "internal_error", "times": 1}'`,
    '',
  ]
}
