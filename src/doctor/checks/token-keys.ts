import type { EgressProxy } from '../../egress/egress-agent.js'
import { parseKeySet } from '../../http/authentication/key-set.js'
import type { Finding } from '../finding.js'
import { type JwtConfig, loadKeys } from './token-issuer.js'

const name = 'token keys'

/** Whether the JWKS is available, and whether tokens signed with its keys would be accepted. */
export async function checkTokenKeys(config: JwtConfig, proxy: EgressProxy): Promise<Finding> {
  const { algorithms } = config
  const [variable, place] = locationOf(config)
  const got = await loadKeys(config, proxy)
  if ('failure' in got) {
    const advice = `Check that this machine can fetch it (${variable}). Without keys every request is answered 503.`
    return { status: 'FAIL', name, detail: `JWKS unavailable from ${place} (${got.failure})`, advice }
  }
  const keys = parseKeySet(got.text)
  if (keys === null || keys.count === 0) {
    const detail = keys === null ? `${place} is not a JWKS` : `${place} has no usable key`
    const advice = `${variable} must point to a JWKS with public RSA (2048 bits or more), EC or OKP keys.`
    return { status: 'FAIL', name, detail, advice }
  }
  const served: string[] = []
  for (const alg of algorithms) if ((await keys.candidates({ alg })).length > 0) served.push(alg)
  if (served.length === 0) {
    const detail = `none of ${count(keys.count)} at ${place} supports ${algorithms.join(', ')}`
    return { status: 'FAIL', name, detail, advice: 'Add the provider’s algorithm to JWT_ALGORITHMS.' }
  }
  const unserved = declaredAlgorithms(got.text).filter((alg) => !algorithms.includes(alg))
  const detail = `${count(keys.count)}, for ${served.join(', ')}`
  if (unserved.length === 0) return { status: 'ok', name, detail }
  const advice = `Tokens of the other keys (${unserved.join(', ')}) are rejected: add the algorithms to JWT_ALGORITHMS if intended.`
  return { status: 'warn', name, detail, advice }
}

function locationOf({ issuer, jwks }: JwtConfig): [variable: string, place: string] {
  if (jwks === null) return ['JWT_ISSUER', `the jwks_uri of ${issuer}`]
  return 'uri' in jwks ? ['JWT_JWKS_URI', jwks.uri] : ['JWT_JWKS_FILE', jwks.file]
}

/** The signature algorithms declared by the keys; encryption keys are skipped. */
function declaredAlgorithms(text: string): string[] {
  const { keys } = JSON.parse(text) as { keys: readonly ({ alg?: unknown; use?: unknown } | null)[] }
  const declared = keys.flatMap((key) => (key?.use !== 'enc' && typeof key?.alg === 'string' ? key.alg : []))
  return [...new Set(declared)].filter((alg) => /^[A-Za-z0-9-]{1,16}$/.test(alg))
}

function count(keys: number): string {
  return keys === 1 ? 'one usable key' : `${keys} usable keys`
}
