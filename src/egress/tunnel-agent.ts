import * as http from 'node:http'
import * as https from 'node:https'
import type { Socket } from 'node:net'
import * as tls from 'node:tls'

export interface TunnelAgentOptions {
  /** Asked for every tunnel. */
  readonly proxyUrl: () => URL
  readonly connectTimeoutMs: number
  readonly tls: { readonly ca?: string }
}

type Connected = (error: Error | null, socket?: Socket) => void

/**
 * A keep-alive agent whose connections run through the CONNECT tunnel (RFC 9110, section 9.3.6) of an HTTP
 * proxy, with TLS end to end to the target. The proxy resolves the target's name. A proxy that refuses gives an
 * error with a `code` of the form `PROXY_STATUS_407`. Unlike the agents on offer it lets go of a proxy that
 * never answers.
 */
export function createTunnelAgent({ proxyUrl, connectTimeoutMs, tls: trust }: TunnelAgentOptions): https.Agent {
  const agent = new https.Agent({ keepAlive: true, ...trust })
  const pending = new Set<http.ClientRequest>()

  const connect = (options: tls.ConnectionOptions, connected: Connected) => {
    const authority = `${options.host?.includes(':') ? `[${options.host}]` : options.host}:${options.port}`
    const proxy = proxyUrl()
    const request = (proxy.protocol === 'https:' ? https : http).request({
      ...addressOf(proxy),
      ...trust,
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, ...authorizationFor(proxy) },
      agent: false,
      timeout: connectTimeoutMs,
    })
    pending.add(request)
    request.once('connect', (response, socket) => {
      if (response.statusCode === 200) {
        socket.setTimeout(0)
        const { path: _path, ...target } = options
        connected(null, tls.connect({ ...target, socket }))
        return
      }
      socket.destroy()
      connected(failure(`PROXY_STATUS_${response.statusCode}`))
    })
    request.once('response', (response) => request.destroy(failure(`PROXY_STATUS_${response.statusCode}`)))
    request.once('timeout', () => request.destroy(failure('PROXY_TIMEOUT')))
    request.once('error', (error) => connected(error))
    request.once('close', () => pending.delete(request))
    request.end()
  }

  const destroy = () => {
    https.Agent.prototype.destroy.call(agent)
    for (const request of pending) request.destroy(failure('PROXY_ABANDONED'))
  }
  // Node's agents take both as overridable hooks; the types know createConnection in newer releases only.
  return Object.assign(agent, { createConnection: connect, destroy })
}

function addressOf(url: URL): { host: string; port: string } {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return { host, port: url.port || (url.protocol === 'https:' ? '443' : '80') }
}

function authorizationFor({ username, password }: URL): Record<string, string> {
  if (username === '') return {}
  const userPass = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(userPass).toString('base64')}` }
}

function failure(code: string): Error {
  return Object.assign(new Error('the egress proxy did not open a tunnel'), { code })
}
