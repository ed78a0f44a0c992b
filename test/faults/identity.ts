import type { TokenIssuer } from '../../simulator/token-issuer.js'
import type { Fault } from './inject-fault.js'
import type { Deployment } from './deployment.js'

/** The header in which the gateway forwards a token; it does not forward `Authorization`. */
const tokenHeader = 'x-access-token'

/** The configuration of replicas that trust the issuer. */
export function identityEnvironment(issuer: TokenIssuer): Record<string, string> {
  return {
    AUTH_MODE: 'jwt',
    JWT_ISSUER: issuer.issuer,
    JWT_AUDIENCE: issuer.audience,
    JWT_JWKS_URI: issuer.jwksUri,
    JWT_HEADER: tokenHeader,
  }
}

/** From now on callers send a newly minted token. */
export async function giveToken(deployment: Deployment): Promise<void> {
  // longer than any clock jump
  const token = await deployment.issuer.mint({}, { expiresInSeconds: 30 * 86_400 })
  // The header that all tokens of this key share.
  deployment.leakDetector.forbid('a token', token.slice(0, token.indexOf('.') + 1))
  deployment.callerHeaders = { [tokenHeader]: token }
}

/** The JWKS is unavailable while a replica without keys starts. */
function keysAway(name: string, fault: Parameters<TokenIssuer['setFault']>[0]): Fault {
  let asked: number
  return {
    name: `identity: ${name}`,
    async inject({ issuer, replicas }) {
      asked = issuer.jwksRequests()
      issuer.setFault(fault)
      await replicas[0]?.terminate()
      await replicas[0]?.start()
    },
    noticed: async ({ issuer }) => issuer.jwksRequests() > asked,
    heal: ({ issuer }) => issuer.setFault(null),
  }
}

function keysRotated(): Fault {
  let asked: number
  return {
    name: 'identity: keys rotated',
    async inject(deployment) {
      asked = deployment.issuer.jwksRequests()
      await deployment.issuer.rotate()
      await giveToken(deployment)
    },
    noticed: async ({ issuer, replicas }) => issuer.jwksRequests() >= asked + replicas.length,
    heal: () => {},
  }
}

function distinctTokens(count: number): Fault {
  return {
    name: `identity: ${count} distinct tokens`,
    inject: () => {},
    async during(deployment) {
      const faults = new Set<string>()
      for (let done = 0; done < count; done += 100) {
        const asked = Array.from({ length: 100 }, (_, index) => askAs(deployment, `person-${done + index}`))
        for (const fault of (await Promise.all(asked)).flat()) faults.add(fault)
      }
      if (faults.size > 0) throw new Error(`a valid token: ${[...faults].join('; ')}`)
    },
    heal: () => {},
  }
}

/** Checks the answer to a caller with a token of its own. */
async function askAs({ issuer, gateway, checker, leakDetector }: Deployment, sub: string): Promise<string[]> {
  const headers = { [tokenHeader]: await issuer.mint({ sub }) }
  const path = '/api/face-groups?limit=1'
  const sentAt = performance.now()
  const answer = await gateway.call(path, { headers })
  leakDetector.record('a response', JSON.stringify(answer))
  return checker.check({ path, sentAt, answer })
}

export interface IdentityNumbers {
  readonly tokens: number
}

export const identityFaults = ({ tokens }: IdentityNumbers): readonly Fault[] => [
  keysAway('JWKS fails', { kind: 'fail' }),
  keysAway('JWKS slow', { kind: 'slow', delayMs: 1500 }),
  keysAway('JWKS hangs', { kind: 'hang' }),
  keysAway('JWKS is garbage', { kind: 'garbage' }),
  keysRotated(),
  distinctTokens(tokens),
]
