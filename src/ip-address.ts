import ipaddr from 'ipaddr.js'

/** The network of an address or CIDR: its address and prefix length. A bare address is a network of its own. */
export type Network = [ipaddr.IPv4 | ipaddr.IPv6, number]

/** Parses `10.0.0.0/8`, `2001:db8::/32` or a bare address; `null` for anything else. IPv4 needs four decimal parts. */
export function parseNetwork(value: string): Network | null {
  const cidr = value.includes('/') ? value : `${value}/${value.includes(':') ? 128 : 32}`
  if (ipaddr.IPv4.isValidCIDRFourPartDecimal(cidr)) return ipaddr.IPv4.parseCIDR(cidr)
  return ipaddr.IPv6.isValidCIDR(cidr) ? ipaddr.IPv6.parseCIDR(cidr) : null
}

/** Converts IPv4-mapped IPv6, as reported by dual-stack sockets, to IPv4. `null` if it is not an address. */
function parseAddress(value: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  const isAddress = ipaddr.IPv4.isValidFourPartDecimal(value) || ipaddr.IPv6.isValid(value)
  return isAddress ? ipaddr.process(value) : null
}

/** Returns whether an address is in one of the `cidrs`. Throws a `RangeError` that names the first invalid CIDR. */
export function createAddressMatcher(cidrs: readonly string[]): (address: string | undefined) => boolean {
  const networks = cidrs.map((cidr) => {
    const network = parseNetwork(cidr)
    if (network === null) throw new RangeError(`${cidr} is not a CIDR`)
    return network
  })
  return (value) => {
    const address = parseAddress(value ?? '')
    return networks.some((network) => address?.kind() === network[0].kind() && address.match(network))
  }
}

/**
 * The part of a client's address that limits are counted by: the whole IPv4 address, also when mapped into IPv6, and
 * the /64 of an IPv6 address, which is what one subscriber gets. Anything else, such as `unknown` from some proxies, is
 * `unknown`.
 */
export function addressKey(value: string | undefined): string {
  const address = parseAddress(value ?? '')
  if (address === null) return 'unknown'
  if (!('parts' in address)) return address.toString()
  const prefix = address.parts.slice(0, 4).map((part) => part.toString(16))
  return `${prefix.join(':')}::/64`
}

/** Whether the host of an absolute URL is this machine: `localhost` or a loopback address. */
export function isLoopbackUrl(url: string | URL): boolean {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '')
  return host === 'localhost' || parseAddress(host)?.range() === 'loopback'
}
