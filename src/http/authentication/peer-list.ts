import { BlockList, isIP, isIPv4, type Socket } from 'node:net'
import { unmapped } from '../client-address.js'

/**
 * Tells whether a socket's peer lies in one of the `cidrs` (a bare address counts as itself alone). An
 * IPv4 peer is recognised on a dual-stack socket too. Throws a `RangeError` naming a CIDR it cannot read.
 */
export function createPeerList(cidrs: readonly string[]): (socket: Socket) => boolean {
  const list = new BlockList()
  for (const cidr of cidrs) addCidr(list, cidr)
  // A connection's peer never changes, and asking the list allocates.
  const known = new WeakMap<Socket, boolean>()

  return (socket) => {
    const remembered = known.get(socket)
    if (remembered !== undefined) return remembered
    const { remoteAddress } = socket
    if (remoteAddress === undefined) return false
    const address = unmapped(remoteAddress)
    const listed = list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')
    known.set(socket, listed)
    return listed
  }
}

function addCidr(list: BlockList, cidr: string): void {
  const [network = '', bits, ...rest] = cidr.split('/')
  const version = isIP(network)
  const widest = version === 4 ? 32 : 128
  const prefix = bits === undefined ? widest : Number(bits)
  if (version === 0 || rest.length > 0 || !/^\d+$/.test(bits ?? '0') || prefix > widest) {
    throw new RangeError(`${cidr} is not a CIDR`)
  }
  list.addSubnet(network, prefix, version === 4 ? 'ipv4' : 'ipv6')
}
