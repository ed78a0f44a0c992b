import * as http from 'node:http'
import * as https from 'node:https'
import type { Secret } from '../secret.js'
import { bypassesProxy } from './no-proxy.js'
import { readProxyUrl } from './proxy-url.js'
import { createTunnelAgent } from './tunnel-agent.js'

export interface EgressProxy {
  /** HTTPS_PROXY; read for every tunnel, so that rotated credentials take effect. */
  readonly httpsProxy: Secret | null
  /** NO_PROXY. */
  readonly noProxy: string | null
}

export interface EgressAgentOptions {
  readonly target: URL
  readonly proxy?: EgressProxy | undefined
  /** How long the proxy may take to open a tunnel. */
  readonly connectTimeoutMs: number
  /** PEM of the only CAs to trust; default: Node's own and NODE_EXTRA_CA_CERTS. */
  readonly ca?: string | undefined
}

/**
 * The keep-alive agent for calls to `target`. HTTPS goes through the proxy's CONNECT tunnel where one is set and
 * NO_PROXY does not exempt the target; plain HTTP never does, as HTTPS_PROXY is not meant for it. Throws where
 * the proxy's URL cannot be read.
 */
export function createEgressAgent({ target, proxy, connectTimeoutMs, ca }: EgressAgentOptions): http.Agent {
  if (target.protocol === 'http:') return new http.Agent({ keepAlive: true })
  const tls = ca === undefined ? {} : { ca }
  const { httpsProxy = null, noProxy = null } = proxy ?? {}
  if (httpsProxy === null || bypassesProxy(target, noProxy ?? '')) return new https.Agent({ keepAlive: true, ...tls })
  const proxyUrl = (): URL => parseProxyUrl(httpsProxy.reveal())
  proxyUrl()
  return createTunnelAgent({ proxyUrl, connectTimeoutMs, tls })
}

function parseProxyUrl(value: string): URL {
  const url = readProxyUrl(value)
  // The value may hold a password, so it is not quoted.
  if (url === null) throw new TypeError('HTTPS_PROXY is not a URL')
  return url
}
