import type { TokenIssuer } from '../../src/simulator/token-issuer.js'
import type { Fault } from './fault.js'
import type { Stand } from './stand.js'

/** Where the gateway lets a token pass; `Authorization` ends there. */
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

/** From now on callers come with a token of their own, newly made. */
export async function giveToken(stand: Stand): Promise<void> {
  const token = await stand.issuer.mint({}, { expiresInSeconds: 86_400 })
  stand.canary.forbid('a token', token)
  stand.callerHeaders = { [tokenHeader]: token }
}

/** The keys cannot be had while a replica is started that has none yet. */
function keysAway(name: string, fault: Parameters<TokenIssuer['setFault']>[0], more: Partial<Fault> = {}): Fault {
  return {
    name: `identity: ${name}`,
    async inject({ issuer, replicas }) {
      issuer.setFault(fault)
      await replicas[0]?.terminate()
      await replicas[0]?.start()
    },
    heal: ({ issuer }) => issuer.setFault(null),
    // a replica without keys asks for them at most every 5 s at first
    delaysRecoveryMs: 6000,
    ...more,
  }
}

function distinctTokens(count: number): Fault {
  return {
    name: `identity: ${count} distinct tokens`,
    inject: () => {},
    async during(stand) {
      const refused: number[] = []
      for (let done = 0; done < count; done += 100) {
        const answers = Array.from({ length: 100 }, async (_, index) => {
          const token = await stand.issuer.mint({ sub: `person-${done + index}` })
          return stand.gateway.call('/api/face-groups?limit=1', { headers: { [tokenHeader]: token } })
        })
        for (const { status } of await Promise.all(answers)) if (status !== 200) refused.push(status)
      }
      if (refused.length > 0) throw new Error(`valid tokens were refused: ${[...new Set(refused)].join()}`)
    },
    heal: () => {},
    // a hundred at once keep each other waiting
    delaysAnswersMs: 1000,
  }
}

export const identityFaults = ({ tokens }: { tokens: number }): readonly Fault[] => [
  keysAway('keys down', { kind: 'fail' }),
  keysAway('keys slow', { kind: 'slow', delayMs: 1500 }, { delaysAnswersMs: 1500 }),
  keysAway('keys hang', { kind: 'hang' }, { delaysAnswersMs: 3000 }),
  keysAway('garbage for keys', { kind: 'garbage' }),
  {
    name: 'identity: keys rotated',
    async inject(stand) {
      await stand.issuer.rotate()
      await giveToken(stand)
    },
    heal: () => {},
  },
  distinctTokens(tokens),
]
