import type { Config, FinAuthConfig } from '../../config/config.js'
import { createFinAuthClient, type FinAuthClient } from '../../finauth/client.js'
import type { CredentialPair, CredentialSlot } from '../../finauth/credentials.js'
import { FinAuthError } from '../../finauth/errors.js'
import type { Finding } from '../finding.js'
import { evaluateClock } from './clock.js'

/** An attempt with one pair must end before the doctor's own timeout. */
const longestAttemptMs = 6_000

export interface CredentialsCheckOptions {
  /** PEM of the only CAs to trust. Default: Node's own and NODE_EXTRA_CA_CERTS. */
  readonly ca?: string
}

/**
 * Calls FinAuth once with each pair, sequentially, without falling back to the other pair. The first finding is the
 * clock skew measured from the answers.
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
  return [evaluateClock(skewSeconds), ...findings]

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
    const advice =
      'These groups are missing from the list: see the vendor’s changelog and finauth_contract_drift_total.'
    return { status: 'warn', name, detail: `${detail}; ${omitted} unreadable records`, advice }
  } catch (error) {
    if (!(error instanceof FinAuthError)) throw error
    // The service runs without the standby pair; during a rotation it may be rejected on purpose.
    return {
      status: slot === 'primary' ? 'FAIL' : 'warn',
      name,
      detail: error.message,
      advice: remediation(error, slot),
    }
  }
}

/** Like the service, signs once more with FinAuth's clock if the signature was found expired. */
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

function remediation({ code, vendorCode }: FinAuthError, slot: CredentialSlot): string {
  const variables = slot === 'primary' ? 'FINAUTH_API_KEY and _SECRET' : 'FINAUTH_STANDBY_API_KEY and _SECRET'
  if (vendorCode === 'IP_NOT_ALLOWED') return 'Ask the vendor to allow the address that this machine calls from.'
  if (code === 'upstream_rejected')
    return `Compare ${variables} with the vendor’s console, and check the account’s permissions.`
  if (code === 'upstream_overloaded') return 'Something else uses up the account’s concurrency: try again in a minute.'
  if (code === 'upstream_invalid_response')
    return 'Something other than FinAuth answers: check FINAUTH_BASE_URL and proxies.'
  return 'Check the path from this machine to FINAUTH_BASE_URL: DNS, firewall, HTTPS_PROXY; then the vendor’s status page.'
}
