import type { AuthenticationConfig } from '../../config/config.js'
import { createEgressAgent, type EgressProxy } from '../../egress/egress-agent.js'
import { parseKeySet } from '../../http/authentication/key-set.js'
import { createFileLoader, createRemoteLoader, type KeyLoader } from '../../http/authentication/load-keys.js'
import type { Finding } from '../finding.js'

const name = 'token keys'
const timeoutMs = 5_000

type JwtConfig = Extract<AuthenticationConfig, { mode: 'jwt' }>

/** Whether the identity provider's keys are available, and whether tokens signed with them would be admitted. */
export async function checkTokenKeys({ jwks, algorithms }: JwtConfig, proxy: EgressProxy): Promise<Finding> {
  const [variable, place] = 'uri' in jwks ? ['JWT_JWKS_URI', jwks.uri] : ['JWT_JWKS_FILE', jwks.file]
  const got = 'uri' in jwks ? await fetchKeys(new URL(jwks.uri), proxy) : await createFileLoader(jwks.file).load()
  if ('failure' in got) {
    const advice = `Ask for ${variable} from this machine. Without keys every caller is answered 503.`
    return { status: 'FAIL', name, detail: `JWKS unavailable from ${place} (${got.failure})`, advice }
  }
  const keys = parseKeySet(got.text)
  if (keys === null || keys.count === 0) {
    const detail = keys === null ? `${place} holds no key set (JWKS)` : `${place} holds no usable key`
    const advice = `${variable} must name a JWKS with public RSA (2048 bits or more), EC or OKP keys.`
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

async function fetchKeys(url: URL, proxy: EgressProxy): ReturnType<KeyLoader['load']> {
  const agent = createEgressAgent({ target: url, proxy, connectTimeoutMs: timeoutMs })
  try {
    return await createRemoteLoader({ url, timeoutMs, agent }).load()
  } finally {
    agent.destroy()
  }
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
