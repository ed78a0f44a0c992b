import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import * as https from 'node:https'
import { isIP } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { systemClock } from '../clock.js'
import type { Config } from '../config/config.js'
import { createEgressAgent } from '../egress/egress-agent.js'
import { bypassesProxy, readProxyUrl } from '../egress/no-proxy.js'
import { createFinAuthClient, type FinAuthClient } from '../finauth/client.js'
import type { SlottedPair } from '../finauth/credentials.js'
import { FinAuthError } from '../finauth/errors.js'
import { type Finding, findingsOn } from './report.js'

type Upstream = Pick<Config, 'finauth' | 'egress'>

const dns = findingsOn('FinAuth DNS')
const tls = findingsOn('FinAuth TLS')
const clock = findingsOn('clock')

const dayMs = 86_400_000
/** Most certificate authorities renew a month before expiry: below this the renewal is overdue. */
const fewDays = 21
/** An attempt with one pair must end before the doctor's own timeout. */
const longestAttemptMs = 6_000
/** `/health` warns beyond this too. */
const tolerableSkewSeconds = 30
/** Beyond this, valid tokens are rejected and expired ones accepted. */
const harmfulSkewSeconds = 300

/** Whether the host that connections to FinAuth go to resolves: the vendor's, or the egress proxy's. */
export async function checkDns({ finauth, egress: { httpsProxy, noProxy } }: Upstream): Promise<Finding> {
  const target = new URL(finauth.baseUrl)
  const isProxied = httpsProxy !== null && target.protocol === 'https:' && !bypassesProxy(target, noProxy ?? '')
  const { hostname } = (isProxied && readProxyUrl(httpsProxy.reveal())) || target
  const host = hostname.replace(/^\[|\]$/g, '')
  const subject = isProxied ? `the egress proxy ${host}, which resolves FinAuth itself,` : host
  if (isIP(host) !== 0) return dns.ok(`${subject} is an IP address`)
  try {
    const addresses = await lookup(host, { all: true })
    return dns.ok(`${subject} resolves to ${addresses.map(({ address }) => address).join(', ')}`)
  } catch (error) {
    const advice = `Check ${isProxied ? 'HTTPS_PROXY' : 'FINAUTH_BASE_URL'} and the resolver.`
    return dns.fail(`${subject} does not resolve (${codeOf(error)})`, advice)
  }
}

/**
 * Whether FinAuth's certificate is trusted, has the right name and is not about to expire, on the service's network
 * path. `ca`: PEM of the only CAs to trust; default: Node's own and NODE_EXTRA_CA_CERTS.
 */
export async function checkTls(
  { finauth: { baseUrl, timeoutMs }, egress: proxy }: Upstream,
  signal: AbortSignal,
  ca?: string,
): Promise<Finding> {
  const target = new URL(baseUrl)
  if (target.protocol === 'http:') {
    const advice = 'Use an https:// FINAUTH_BASE_URL for anything but a simulator.'
    return tls.warn('calls are unencrypted, including signatures', advice)
  }
  const agent = createEgressAgent({ target, proxy, connectTimeoutMs: timeoutMs, ca })
  // An invalid certificate is inspected, not trusted: the request is never sent, so only the handshake happens.
  const request = https.request(target, { agent, signal, rejectUnauthorized: false }).on('error', () => {})
  try {
    const [socket] = (await once(request, 'socket')) as [TLSSocket]
    await once(socket, 'secureConnect')
    return evaluateCertificate(socket)
  } catch (error) {
    const code = codeOf(error)
    const advice = code.startsWith('PROXY_')
      ? 'Check HTTPS_PROXY, its credentials, and whether the proxy allows this host.'
      : 'Check the firewall, and HTTPS_PROXY if egress goes through a proxy.'
    return tls.fail(`no TLS connection to ${target.host} (${code})`, advice)
  } finally {
    request.destroy()
    agent.destroy()
  }
}

function evaluateCertificate(socket: TLSSocket): Finding {
  const { subject, valid_to: validTo } = socket.getPeerCertificate()
  const until = Date.parse(validTo)
  const days = Math.floor((until - systemClock.wallMs()) / dayMs)
  const lasts = `valid to ${new Date(until).toISOString().slice(0, 10)}`
  if (!socket.authorized) {
    const reason = String(socket.authorizationError)
    return tls.fail(`the certificate is not trusted (${reason}); ${lasts}`, certificateAdvice(reason))
  }
  const name = [subject.CN ?? 'no common name'].flat().join(', ')
  const detail = `${socket.getProtocol()}, certificate of ${name} ${lasts}, ${days} days left`
  if (days >= fewDays) return tls.ok(detail)
  return tls.warn(detail, 'Ask the vendor (or the operator of the proxy) when it will be renewed.')
}

function certificateAdvice(reason: string): string {
  if (reason === 'CERT_HAS_EXPIRED' || reason === 'CERT_NOT_YET_VALID')
    return 'Check this machine’s date first; if it is right, the vendor has to renew the certificate.'
  if (reason === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'Check FINAUTH_BASE_URL: the certificate is for another host.'
  return 'If a company proxy intercepts TLS, add its CA to NODE_EXTRA_CA_CERTS; otherwise somebody else intercepts TLS.'
}

/** Only the code of an error is shown: its text may contain anything. */
function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,63}$/.test(code) ? code : 'unknown'
}

/**
 * Calls FinAuth once with each pair, sequentially, without falling back to the other pair. The first finding is the
 * clock skew measured from the answers.
 */
export async function checkCredentials(
  { finauth, egress: proxy }: Upstream,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { primary, standby, ...limits } = finauth
  const attemptMs = Math.min(limits.timeoutMs, longestAttemptMs)
  let skewSeconds: number | null = null
  const clockSkewMeasured = (seconds: number) => {
    skewSeconds = seconds
  }

  async function tryPair(pair: SlottedPair): Promise<Finding> {
    const client = createFinAuthClient({
      ...limits,
      timeoutMs: attemptMs,
      deadlineMs: attemptMs,
      maxAttempts: 1,
      proxy,
      credentials: [pair],
      events: { clockSkewMeasured },
    })
    try {
      return await callOnce(client, pair, signal)
    } finally {
      client.close()
    }
  }

  const findings = [await tryPair({ slot: 'primary', ...primary })]
  if (standby) findings.push(await tryPair({ slot: 'standby', ...standby }))
  return [evaluateClock(skewSeconds), ...findings]
}

async function callOnce(client: FinAuthClient, { slot }: SlottedPair, signal: AbortSignal): Promise<Finding> {
  const { ok, warn, fail } = findingsOn(`FinAuth ${slot} credentials`)
  const startedAt = performance.now()
  try {
    const { faceGroups, omitted } = await client.listGroups(signal).catch((error: unknown) => {
      // Like the service, signs once more with FinAuth's clock if the signature was found expired.
      if (error instanceof FinAuthError && error.vendorCode === 'EXPIRED_SIGN') return client.listGroups(signal)
      throw error
    })
    const detail = `accepted in ${Math.round(performance.now() - startedAt)} ms; ${faceGroups.length} groups`
    if (omitted === 0) return ok(detail)
    const advice =
      'These groups are missing from the list: see the vendor’s changelog and finauth_contract_drift_total.'
    return warn(`${detail}; ${omitted} unreadable records`, advice)
  } catch (error) {
    if (!(error instanceof FinAuthError)) throw error
    const variables = slot === 'primary' ? 'FINAUTH_API_KEY and _SECRET' : 'FINAUTH_STANDBY_API_KEY and _SECRET'
    // The service runs without the standby pair; during a rotation it may be rejected on purpose.
    return (slot === 'primary' ? fail : warn)(error.message, credentialsAdvice(error, variables))
  }
}

function credentialsAdvice({ code, vendorCode }: FinAuthError, variables: string): string {
  if (vendorCode === 'IP_NOT_ALLOWED') return 'Ask the vendor to allow the address that this machine calls from.'
  if (code === 'upstream_rejected')
    return `Compare ${variables} with the vendor’s console, and check the account’s permissions.`
  if (code === 'upstream_overloaded') return 'Something else uses up the account’s concurrency: try again in a minute.'
  if (code === 'upstream_invalid_response')
    return 'Something other than FinAuth answers: check FINAUTH_BASE_URL and proxies.'
  return 'Check the path from this machine to FINAUTH_BASE_URL: DNS, firewall, HTTPS_PROXY; then the vendor’s status page.'
}

/** Evaluates how far FinAuth's clock is ahead of ours; `null` if no answer had a `Date`. */
function evaluateClock(skewSeconds: number | null): Finding {
  if (skewSeconds === null)
    return clock.warn('not compared with FinAuth’s', 'Fix the call to FinAuth first: its answers carry the time.')
  const seconds = Math.round(Math.abs(skewSeconds))
  if (seconds < 2) return clock.ok('agrees with FinAuth’s')
  const detail = `${seconds} s ${skewSeconds > 0 ? 'behind' : 'ahead of'} FinAuth’s`
  if (seconds <= tolerableSkewSeconds) return clock.ok(detail)
  const advice = 'Synchronise this machine’s clock: signatures are corrected for the skew, token expiry is not.'
  return (seconds > harmfulSkewSeconds ? clock.fail : clock.warn)(detail, advice)
}
