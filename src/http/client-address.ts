import { isIPv4, isIPv6 } from 'node:net'

/**
 * The part of a client's address that a limit is counted by: an IPv4 address whole (also when mapped into
 * IPv6), an IPv6 address by its /64, since one subscriber commands all of that. Anything else, such as
 * the `unknown` some proxies forward, shares one key.
 */
export function addressKey(address: string | undefined): string {
  if (address === undefined) return 'unknown'
  if (isIPv4(address)) return address
  if (!isIPv6(address)) return 'unknown'
  const mapped = unmapped(address)
  return isIPv4(mapped) ? mapped : `${leadingGroups(address).join(':')}::/64`
}

/** `::ffff:10.0.0.1`, as a dual-stack socket reports an IPv4 peer, becomes `10.0.0.1`; all else is left as it is. */
export function unmapped(address: string): string {
  const tail = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  return tail ?? address
}

/** The first four 16-bit groups, without leading zeros, `::` written out. */
function leadingGroups(address: string): string[] {
  const [head = '', tail] = address.toLowerCase().split('%', 1)[0]!.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const width = after.at(-1)?.includes('.') === true ? after.length + 1 : after.length
  const zeros = tail === undefined ? 0 : 8 - before.length - width
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after]
  return groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ''))
}
