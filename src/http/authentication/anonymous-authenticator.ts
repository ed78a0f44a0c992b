import type { Authenticate, Caller } from './caller.js'

/** Lets everyone in as `anonymous` with the given scopes and every group in sight: for development alone. */
export function createAnonymousAuthenticator({ scopes }: { scopes: readonly string[] }): Authenticate {
  const anonymous: Caller = {
    subject: 'anonymous',
    scopes: new Set(scopes),
    groupPatterns: null,
  }
  return () => anonymous
}
