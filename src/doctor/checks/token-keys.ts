import type { EgressProxy } from '../../egress/egress-agent.js'
import { parseKeySet } from '../../http/authentication/key-set.js'
import type { Finding } from '../finding.js'
import { type JwtConfig, loadKeys, withAgents } from './token-issuer.js'

const name = 'token keys'

/** Whether the identity provider's keys are available, and whether tokens signed with them would be accepted. */
export async function checkTokenKeys(config: JwtConfig, proxy: EgressProxy): Promise<Finding> {
  const { algorithms } = config
  const [variable, place] = locationOf(config)
  const got = await withAgents(proxy, (agentFor) => loadKeys(config, agentFor))
  if ('failure' in got) {
    const advice = `Ask for ${variable} from this machine. Without keys every caller is answered 503.`
    return { status: 'FAIL', name, detail: `JWKS unavailable from ${place} (${got.failure})`, advice }
  }
  const keys = parseKeySet(got.text)
  if (keys === null || keys.count === 0) {
    const detail = keys === null ? `${place} is no key set (JWKS)` : `${place} has no usable key`
    const advice = `${variable} must lead to a JWKS with public RSA (2048 bits or more), EC or OKP keys.`
    return { status: 'FAIL', name, detail, advice }
  }
  const served: string[] = []
  for (const alg of algorithms) if ((await keys.candidates({ alg })).length > 0) served.push(alg)
  if (served.length === 0) {
    const detail = `none of ${count(keys.count)} at ${place} fits ${algorithms.join(', ')}`
    return { status: 'FAIL', name, detail, advice: 'Add the provider’s algorithm to JWT_ALGORITHMS.' }
  }
  const unserved = declaredAlgorithms(got.text).filter((alg) => !algorithms.includes(alg))
  const detail = `${count(keys.count)}, for ${served.join(', ')}`
  if (unserved.length === 0) return { status: 'ok', name, detail }
  const advice = `Tokens of the other keys (${unserved.join(', ')}) are refused: add to JWT_ALGORITHMS if they are meant.`
  return { status: 'warn', name, detail, advice }
}

function locationOf({ issuer, jwks }: JwtConfig): [variable: string, place: string] {
  if (jwks === null) return ['JWT_ISSUER', `the jwks_uri of ${issuer}`]
  return 'uri' in jwks ? ['JWT_JWKS_URI', jwks.uri] : ['JWT_JWKS_FILE', jwks.file]
}

/** What the keys say they sign tokens with; keys for encryption are not meant for us. */
function declaredAlgorithms(text: string): string[] {
  const { keys } = JSON.parse(text) as { keys: readonly ({ alg?: unknown; use?: unknown } | null)[] }
  const declared = keys.flatMap((key) => (key?.use !== 'enc' && typeof key?.alg === 'string' ? key.alg : []))
  return [...new Set(declared)].filter((alg) => /^[A-Za-z0-9-]{1,16}$/.test(alg))
}

function count(keys: number): string {
  return keys === 1 ? 'one usable key' : `${keys} usable keys`
}
