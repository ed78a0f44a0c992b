import { isIP } from 'node:net'
import { createAddressMatcher, parseNetwork } from '../ip-address.js'

/**
 * Parses HTTPS_PROXY: `http://` or `https://`, with `user:password@` if the proxy requires it; a bare `host:port` is
 * `http://`. `null` for anything else.
 */
export function readProxyUrl(value: string): URL | null {
  const text = value.includes('://') ? value : `http://${value}`
  const url = URL.canParse(text) ? new URL(text) : null
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url : null
}

/**
 * Whether `url` is called directly, by the usual interpretation of NO_PROXY: entries separated by commas or spaces,
 * each `*` (everything), a host, a domain (with or without a leading `.` or `*.`; includes its subdomains), an IP
 * address or a CIDR block, and optionally `:port`.
 */
export function bypassesProxy({ protocol, hostname, port: explicitPort }: URL, noProxy = ''): boolean {
  const host = hostname.replace(/^\[|\]$|\.$/g, '')
  const port = explicitPort || (protocol === 'https:' ? '443' : '80')

  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      if (entry === '*') return true
      if (parseNetwork(entry) !== null) return createAddressMatcher([entry])(host)
      const [, name = '', entryPort = port] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(entry) ?? []
      const domain = name.replace(/^\*?\.|\.$/g, '')
      return entryPort === port && (host === domain || (isIP(host) === 0 && host.endsWith(`.${domain}`)))
    })
}
