import { BlockList, isIP } from 'node:net'

const defaultPorts: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' }

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
export function bypassesProxy(url: URL, noProxy = ''): boolean {
  const host = normalizeHost(url.hostname)
  const port = url.port || (defaultPorts[url.protocol] ?? '')
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => matches(entry, host, port))
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true
  if (entry.includes('/')) return isInBlock(entry, host)
  const [, name = '', entryPort] = /^(\[[^\]]*\]|[^:]*|[^[]*:.*:[^\]]*?)(?::(\d+))?$/.exec(entry) ?? []
  if (entryPort !== undefined && entryPort !== port) return false
  const domain = normalizeHost(name).replace(/^\*?\./, '')
  if (domain === '') return false
  return host === domain || (isIP(host) === 0 && host.endsWith(`.${domain}`))
}

function isInBlock(block: string, host: string): boolean {
  const [address = '', prefix = ''] = block.split('/', 2)
  const [family, hostFamily] = [isIP(address), isIP(host)]
  const bits = Number(prefix)
  if (family === 0 || family !== hostFamily || !/^\d{1,3}$/.test(prefix) || bits > (family === 4 ? 32 : 128))
    return false
  const list = new BlockList()
  list.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6')
  return list.check(host, hostFamily === 4 ? 'ipv4' : 'ipv6')
}

/** Without the brackets of an IPv6 address and the trailing dot of an absolute name. */
function normalizeHost(host: string): string {
  return host.replace(/^\[|\]$/g, '').replace(/\.$/, '')
}
