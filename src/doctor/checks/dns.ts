import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Config } from '../../config/config.js'
import { bypassesProxy, readProxyUrl } from '../../egress/no-proxy.js'
import type { Finding } from '../finding.js'

const name = 'FinAuth DNS'

/** Whether the host that connections to FinAuth go to resolves: the vendor's, or the egress proxy's. */
export async function checkDns({ finauth, egress }: Pick<Config, 'finauth' | 'egress'>): Promise<Finding> {
  const { httpsProxy, noProxy } = egress
  const target = new URL(finauth.baseUrl)
  const isProxied = httpsProxy !== null && target.protocol === 'https:' && !bypassesProxy(target, noProxy ?? '')
  const { hostname } = (isProxied && readProxyUrl(httpsProxy.reveal())) || target
  const host = hostname.replace(/^\[|\]$/g, '')
  const subject = isProxied ? `the egress proxy ${host}, which resolves FinAuth itself,` : host
  if (isIP(host) !== 0) return { status: 'ok', name, detail: `${subject} is an IP address` }
  try {
    const addresses = await lookup(host, { all: true })
    return {
      status: 'ok',
      name,
      detail: `${subject} resolves to ${addresses.map(({ address }) => address).join(', ')}`,
    }
  } catch (error) {
    return {
      status: 'FAIL',
      name,
      detail: `${subject} does not resolve (${codeOf(error)})`,
      advice: isProxied ? 'Check HTTPS_PROXY and the resolver.' : 'Check FINAUTH_BASE_URL and the resolver.',
    }
  }
}

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : 'unknown'
}
