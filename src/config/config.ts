import type { EgressProxy } from '../egress/egress-agent.js'
import type { CredentialPair } from '../finauth/credentials.js'
import type { Secret } from '../secret.js'
import type { RedisTopology } from '../snapshot-cache/redis-connection.js'
import type { Values } from './variables.js'

export interface FinAuthConfig {
  readonly baseUrl: string
  readonly primary: CredentialPair
  readonly standby: CredentialPair | null
  readonly signTtlSeconds: number
  /** One attempt. */
  readonly timeoutMs: number
  /** All attempts together. */
  readonly deadlineMs: number
  readonly maxAttempts: number
  readonly maxResponseBytes: number
}

export interface RedisConfig {
  readonly topology: RedisTopology
  readonly tlsCaFile: string | undefined
  readonly username: string | undefined
  readonly password: Secret | undefined
  readonly keyPrefix: string
}

export type AuthenticationConfig =
  | {
      readonly mode: 'jwt'
      readonly issuer: string
      readonly audience: string
      readonly jwks: { readonly uri: string } | { readonly file: string }
      /** How long keys are used that cannot be loaded again. */
      readonly keysMaxStaleMs: number
      readonly algorithms: readonly string[]
      readonly header: string
      readonly cookie: string | null
    }
  | {
      readonly mode: 'gateway'
      readonly secret: Secret | null
      readonly cidrs: readonly string[]
      readonly userHeader: string
      readonly scopesHeader: string
    }
  | { readonly mode: 'none' }

/** Everything a running service was told, checked and frozen. */
export interface Config {
  readonly environment: Values['NODE_ENV']
  readonly logLevel: Values['LOG_LEVEL']
  /** Whether access and audit lines show the client's address. */
  readonly logClientAddress: boolean
  readonly host: string
  /** 0 = any free port. */
  readonly port: number
  /** 0 = any free port; null = no admin port. */
  readonly adminPort: number | null
  readonly trustProxy: readonly string[]
  readonly shutdown: { readonly delayMs: number; readonly graceMs: number }
  readonly finauth: FinAuthConfig
  /** For calls to FinAuth and for the token keys. */
  readonly egress: EgressProxy
  /** null = memory only. */
  readonly redis: RedisConfig | null
  readonly cache: {
    readonly ttlMs: number
    readonly staleMs: number
    readonly backoffMs: number
    /** What stands in Redis is sealed with a key derived from this. */
    readonly encryptionKey: Secret
  }
  readonly authentication: AuthenticationConfig
  /** null = every authenticated caller may read. */
  readonly readScope: string | null
  readonly refreshScope: string
  /** Claim, or header in gateway mode, with the group-id patterns a caller is confined to; null = no confinement. */
  readonly groupsClaim: string | null
  readonly corsOrigins: readonly string[]
  /** Per caller and replica; 0 = off. */
  readonly rateLimitPerMinute: number
  readonly explorer: boolean
}
