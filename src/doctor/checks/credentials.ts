import type { Config, FinAuthConfig } from '../../config/config.js'
import { createFinAuthClient, type FinAuthClient } from '../../finauth/client.js'
import type { CredentialPair, CredentialSlot } from '../../finauth/credentials.js'
import { FinAuthError } from '../../finauth/errors.js'
import type { Finding } from '../finding.js'
import { judgeClock } from './clock.js'

/** A pair's own attempt must end before the doctor's patience does. */
const longestAttemptMs = 6_000

export interface CredentialsCheckOptions {
  /** PEM of the only CAs to trust. Default: Node's own and NODE_EXTRA_CA_CERTS. */
  readonly ca?: string
}

/**
 * Calls FinAuth once with each pair, one after the other, and never with one in the other's stead. Begins with what
 * the answers told of the clocks.
 */
export async function checkCredentials(
  { finauth, egress: proxy }: Pick<Config, 'finauth' | 'egress'>,
  signal: AbortSignal,
  options: CredentialsCheckOptions = {},
): Promise<readonly Finding[]> {
  let skewSeconds: number | null = null
  const onSkew = (seconds: number) => {
    skewSeconds = seconds
  }
  const findings = [await tryPair('primary', finauth.primary)]
  if (finauth.standby) findings.push(await tryPair('standby', finauth.standby))
  return [judgeClock(skewSeconds), ...findings]

  async function tryPair(slot: CredentialSlot, pair: CredentialPair): Promise<Finding> {
    const client = createFinAuthClient({
      ...limitsOf(finauth),
      proxy,
      ...options,
      credentials: [{ slot, ...pair }],
      events: { clockSkewMeasured: onSkew },
    })
    try {
      return await callOnce(client, slot, signal)
    } finally {
      client.close()
    }
  }
}

async function callOnce(client: FinAuthClient, slot: CredentialSlot, signal: AbortSignal): Promise<Finding> {
  const name = `FinAuth ${slot} credentials`
  const startedAt = performance.now()
  try {
    const { faceGroups, omitted } = await listOnce(client, signal)
    const detail = `accepted in ${Math.round(performance.now() - startedAt)} ms; ${faceGroups.length} groups`
    if (omitted === 0) return { status: 'ok', name, detail }
    const advice = 'The list lacks them: look at the vendor’s changelog and at finauth_contract_drift_total.'
    return { status: 'warn', name, detail: `${detail}, and ${omitted} that cannot be read`, advice }
  } catch (error) {
    if (!(error instanceof FinAuthError)) throw error
    // Without the standby pair the service runs on; during a rotation it may even be meant to be refused.
    return { status: slot === 'primary' ? 'FAIL' : 'warn', name, detail: error.message, advice: cure(error, slot) }
  }
}

/** As the service does, a signature found expired is made anew by FinAuth's clock, once. */
async function listOnce(client: FinAuthClient, signal: AbortSignal) {
  try {
    return await client.listGroups(signal)
  } catch (error) {
    if (error instanceof FinAuthError && error.vendorCode === 'EXPIRED_SIGN') return client.listGroups(signal)
    throw error
  }
}

function limitsOf({ baseUrl, signTtlSeconds, timeoutMs, maxResponseBytes }: FinAuthConfig) {
  const attemptMs = Math.min(timeoutMs, longestAttemptMs)
  return {
    baseUrl,
    signTtlSeconds,
    maxResponseBytes,
    timeoutMs: attemptMs,
    deadlineMs: attemptMs,
    maxAttempts: 1,
  }
}

function cure({ code, vendorCode }: FinAuthError, slot: CredentialSlot): string {
  const variables = slot === 'primary' ? 'FINAUTH_API_KEY and _SECRET' : 'FINAUTH_STANDBY_API_KEY and _SECRET'
  if (vendorCode === 'IP_NOT_ALLOWED') return 'Have the vendor allow the address this machine calls from.'
  if (code === 'upstream_rejected')
    return `Compare ${variables} with the vendor’s console, and what the account may do.`
  if (code === 'upstream_overloaded') return 'Somebody else uses up the account’s concurrency: try again in a minute.'
  if (code === 'upstream_invalid_response')
    return 'Something other than FinAuth answers: check FINAUTH_BASE_URL and proxies.'
  return 'Reach FINAUTH_BASE_URL from this machine: DNS, firewall, HTTPS_PROXY; then the vendor’s status.'
}
