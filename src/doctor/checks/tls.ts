import type { ClientRequest } from 'node:http'
import * as https from 'node:https'
import type { PeerCertificate, TLSSocket } from 'node:tls'
import { type Clock, systemClock } from '../../clock.js'
import type { Config } from '../../config/config.js'
import { createEgressAgent } from '../../egress/egress-agent.js'
import type { Finding } from '../finding.js'

const name = 'FinAuth TLS'
const dayMs = 86_400_000
/** Most certificate authorities renew a month before expiry: below this the renewal is overdue. */
const fewDays = 21

export interface TlsCheckOptions {
  readonly clock?: Pick<Clock, 'wallMs'>
  /** PEM of the only CAs to trust. Default: Node's own and NODE_EXTRA_CA_CERTS. */
  readonly ca?: string
}

/**
 * Whether FinAuth's certificate is trusted, has the right name and is not about to expire, on the service's network
 * path.
 */
export async function checkTls(
  { finauth: { baseUrl, timeoutMs }, egress: proxy }: Pick<Config, 'finauth' | 'egress'>,
  signal: AbortSignal,
  { clock = systemClock, ca }: TlsCheckOptions = {},
): Promise<Finding> {
  const target = new URL(baseUrl)
  if (target.protocol === 'http:') {
    return {
      status: 'warn',
      name,
      detail: 'calls are unencrypted, including signatures',
      advice: 'Use an https:// FINAUTH_BASE_URL for anything but a simulator.',
    }
  }
  const agent = createEgressAgent({ target, proxy, connectTimeoutMs: timeoutMs, ca })
  try {
    const request = https.request(target, { agent, signal, rejectUnauthorized: false })
    return await completeHandshake(request, (socket) => evaluateCertificate(socket, clock.wallMs()))
  } catch (error) {
    const reason = errorWord(error)
    return {
      status: 'FAIL',
      name,
      detail: `no TLS connection to ${target.host} (${reason})`,
      advice: reason.startsWith('PROXY_')
        ? 'Check HTTPS_PROXY, its credentials, and whether the proxy allows this host.'
        : 'Check the firewall, and HTTPS_PROXY if egress goes through a proxy.',
    }
  } finally {
    agent.destroy()
  }
}

/**
 * An invalid certificate is inspected, not trusted: the request is never sent, so only the handshake uses the
 * connection.
 */
async function completeHandshake<T>(request: ClientRequest, read: (socket: TLSSocket) => T): Promise<T> {
  try {
    return await new Promise((resolve, reject) => {
      request.once('error', reject)
      request.once('socket', (socket) => {
        socket.once('secureConnect', () => resolve(read(socket as TLSSocket)))
        socket.once('close', () => reject(new Error('closed')))
      })
    })
  } finally {
    request.on('error', () => {})
    request.destroy()
  }
}

function evaluateCertificate(socket: TLSSocket, nowMs: number): Finding {
  const certificate = socket.getPeerCertificate()
  const until = Date.parse(certificate.valid_to)
  const days = Math.floor((until - nowMs) / dayMs)
  const lasts = `valid to ${new Date(until).toISOString().slice(0, 10)}`
  if (!socket.authorized) {
    const reason = String(socket.authorizationError)
    return {
      status: 'FAIL',
      name,
      detail: `the certificate is not trusted (${reason}); ${lasts}`,
      advice: remediation(reason),
    }
  }
  const detail = `${socket.getProtocol()}, certificate of ${nameIn(certificate)} ${lasts}, ${days} days left`
  if (days >= fewDays) return { status: 'ok', name, detail }
  return {
    status: 'warn',
    name,
    detail,
    advice: 'Ask the vendor (or the operator of the proxy) when it will be renewed.',
  }
}

function remediation(reason: string): string {
  if (reason === 'CERT_HAS_EXPIRED' || reason === 'CERT_NOT_YET_VALID') {
    return 'Check this machine’s date first; if it is right, the vendor has to renew the certificate.'
  }
  if (reason === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'Check FINAUTH_BASE_URL: the certificate is for another host.'
  return 'If a company proxy intercepts TLS, add its CA to NODE_EXTRA_CA_CERTS; otherwise somebody else intercepts TLS.'
}

function nameIn({ subject }: PeerCertificate): string {
  const { CN } = subject
  return Array.isArray(CN) ? CN.join(', ') : (CN ?? 'no common name')
}

function errorWord(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,63}$/.test(code) ? code : 'closed'
}
