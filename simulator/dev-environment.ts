import { demoAccount } from './finauth-simulator.js'

export type Environment = Readonly<Record<string, string | undefined>>

export interface DevServers {
  /** URL of the simulator; null if the environment configures a real FinAuth. */
  readonly finauthUrl: string | null
  readonly issuer: string
  readonly audience: string
  readonly jwksUri: string
  readonly host: string
  readonly port: number
  readonly adminPort: number
}

/** Whether the environment configures a FinAuth and an account, so that no simulator is needed. */
export function hasOwnFinAuth(environment: Environment): boolean {
  const has = (name: string) => Boolean(environment[name]?.trim() || environment[`${name}_FILE`]?.trim())
  return Boolean(environment['FINAUTH_BASE_URL']?.trim()) && has('FINAUTH_API_KEY') && has('FINAUTH_API_SECRET')
}

/**
 * The service's environment in development: tokens of the local issuer, and the simulator as vendor unless the
 * environment configures a FinAuth; everything else unchanged.
 */
export function devEnvironment(environment: Environment, servers: DevServers): Record<string, string | undefined> {
  return {
    LOG_LEVEL: 'info',
    EXPLORER: 'on',
    ...environment,
    NODE_ENV: 'development',
    HOST: servers.host,
    PORT: String(servers.port),
    ADMIN_PORT: String(servers.adminPort),
    AUTH_MODE: 'jwt',
    JWT_ISSUER: servers.issuer,
    JWT_AUDIENCE: servers.audience,
    JWT_JWKS_URI: servers.jwksUri,
    ...unset('JWT_AUDIENCE_CLAIM', 'JWT_SCOPE_CLAIMS', 'JWT_JWKS_FILE', 'JWT_ALGORITHMS', 'JWT_HEADER'),
    ...(servers.finauthUrl !== null && simulatedVendor(servers.finauthUrl)),
  }
}

function simulatedVendor(url: string): Record<string, string> {
  const others = ['FINAUTH_STANDBY_API_KEY', 'FINAUTH_STANDBY_API_SECRET', 'HTTPS_PROXY']
  return {
    FINAUTH_BASE_URL: url,
    FINAUTH_API_KEY: demoAccount.apiKey,
    FINAUTH_API_SECRET: demoAccount.apiSecret,
    ...unset('FINAUTH_API_KEY_FILE', 'FINAUTH_API_SECRET_FILE', 'https_proxy'),
    ...unset(...others, ...others.map((name) => `${name}_FILE`)),
  }
}

/** An empty value counts as not set, and keeps a `.env` file from setting the variable. */
function unset(...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, '']))
}
