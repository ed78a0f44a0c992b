import { once } from 'node:events'
import * as http from 'node:http'
import * as https from 'node:https'
import * as net from 'node:net'
import { HttpsProxyAgent } from 'https-proxy-agent'
import { isTimeoutError, withDeadline } from '../deadline.js'
import type { Secret } from '../secret.js'
import { bypassesProxy, readProxyUrl } from './no-proxy.js'

export interface EgressProxy {
  /** HTTPS_PROXY; read for every new connection, so that rotated credentials take effect. */
  readonly httpsProxy: Secret | null
  /** NO_PROXY. */
  readonly noProxy: string | null
}

export interface EgressAgentOptions {
  readonly target: URL
  readonly proxy?: EgressProxy | undefined
  /** Limit for connecting to the proxy and opening a tunnel. */
  readonly connectTimeoutMs: number
  /** PEM of the only CAs to trust, for the proxy and the target; default: Node's own and NODE_EXTRA_CA_CERTS. */
  readonly ca?: string | undefined
}

/**
 * The keep-alive agent for calls to `target`. HTTPS goes through the proxy's CONNECT tunnel if one is set and NO_PROXY
 * does not exempt the target; plain HTTP never does, because HTTPS_PROXY does not apply to it. Throws if the proxy's
 * URL is invalid.
 */
export function createEgressAgent({ target, proxy, connectTimeoutMs, ca }: EgressAgentOptions): http.Agent {
  if (target.protocol === 'http:') return new http.Agent({ keepAlive: true })
  const tls = ca === undefined ? {} : { ca }
  const { httpsProxy = null, noProxy = null } = proxy ?? {}
  if (httpsProxy === null || bypassesProxy(target, noProxy ?? '')) return new https.Agent({ keepAlive: true, ...tls })
  return new TunnelAgent(httpsProxy, connectTimeoutMs, tls)
}

type ConnectOptions = Parameters<HttpsProxyAgent<string>['connect']>[1]

/**
 * Pools connections through CONNECT tunnels (RFC 9110, section 9.3.6), with TLS end to end to the target, whose name
 * the proxy resolves. A proxy that refuses causes an error with a `code` such as `PROXY_STATUS_407`. It adds to the
 * package: the URL is read for each connection, a refusal is an error instead of the target's answer, and a proxy that
 * never answers is disconnected after `connectTimeoutMs` and by `destroy()`.
 */
class TunnelAgent extends HttpsProxyAgent<string> {
  readonly #httpsProxy: Secret
  readonly #connectTimeoutMs: number
  readonly #tls: { readonly ca?: string }
  readonly #destroyed = new AbortController()

  constructor(httpsProxy: Secret, connectTimeoutMs: number, tls: { readonly ca?: string }) {
    super(readProxy(httpsProxy).url, { keepAlive: true })
    this.#httpsProxy = httpsProxy
    this.#connectTimeoutMs = connectTimeoutMs
    this.#tls = tls
  }

  override async connect(request: http.ClientRequest, options: ConnectOptions): Promise<net.Socket> {
    const open = (signal: AbortSignal) => this.#openTunnel(request, options, signal)
    try {
      return await withDeadline(open, this.#connectTimeoutMs, { signals: [this.#destroyed.signal] })
    } catch (error) {
      throw isTimeoutError(error) ? failure('PROXY_TIMEOUT') : error
    }
  }

  override destroy(): void {
    super.destroy()
    this.#destroyed.abort(failure('PROXY_ABANDONED'))
  }

  async #openTunnel(request: http.ClientRequest, options: ConnectOptions, signal: AbortSignal): Promise<net.Socket> {
    const { url, headers } = readProxy(this.#httpsProxy)
    const transport = url.protocol === 'https:' ? { socket: await connectTcp(url, signal) } : { signal }
    const tunnel = new HttpsProxyAgent(url, { keepAlive: true, headers, ...this.#tls, ...transport })
    let status: number | undefined
    tunnel.once('proxyConnect', ({ statusCode }: { statusCode: number }) => {
      status = statusCode
    })
    const socket = await tunnel.connect(request, { ...options, ...this.#tls })
    if (status === 200) return socket
    socket.destroy()
    throw failure(`PROXY_STATUS_${status}`)
  }
}

/** The URL is without credentials, because the package would log it if DEBUG is set. */
function readProxy(httpsProxy: Secret): { readonly url: URL; readonly headers: http.OutgoingHttpHeaders } {
  const proxy = readProxyUrl(httpsProxy.reveal())
  // The value may contain a password, so it is not quoted.
  if (proxy === null) throw new TypeError('HTTPS_PROXY is not a URL')
  const url = new URL(`${proxy.protocol}//${proxy.host}`)
  if (proxy.username === '' && proxy.password === '') return { url, headers: {} }
  const userPass = decodeURIComponent(`${proxy.username}:${proxy.password}`)
  return { url, headers: { 'Proxy-Authorization': `Basic ${Buffer.from(userPass).toString('base64')}` } }
}

/** TLS to the proxy runs over a separate socket, because `tls.connect` documents no signal. */
async function connectTcp({ hostname, port }: URL, signal: AbortSignal): Promise<net.Socket> {
  const socket = net.connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 443), signal })
  await once(socket, 'connect')
  // The TLS socket on top reports the error.
  return socket.on('error', () => {})
}

function failure(code: string): Error {
  return Object.assign(new Error('the egress proxy did not open a tunnel'), { code })
}
