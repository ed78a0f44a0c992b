import { Socket } from 'node:net'
import { createPeerList } from '../../../src/http/authentication/peer-list.js'

/** A connection whose peer has this address. */
function socketFrom(remoteAddress: string | undefined): Socket {
  return Object.defineProperty(new Socket(), 'remoteAddress', { value: remoteAddress, configurable: true })
}

describe('a peer', () => {
  it.each([
    ['10.1.2.3', ['10.0.0.0/8'], true],
    ['11.0.0.0', ['10.0.0.0/8'], false],
    ['10.1.2.3', ['10.1.2.3'], true],
    ['10.1.2.4', ['10.1.2.3'], false],
    ['10.1.2.4', ['0.0.0.0/0'], true],
    ['::ffff:10.1.2.3', ['10.0.0.0/8'], true],
    ['2001:db8::1', ['2001:db8::/32'], true],
    ['2001:db9::1', ['2001:db8::/32'], false],
    ['2001:db8::1', ['2001:db8::1'], true],
    ['2001:db8::2', ['2001:db8::1'], false],
    ['2001:db8::2', ['2001:db8::1/128', '2001:db8::2/128'], true],
    ['2001:db8::1', ['0.0.0.0/0'], false],
  ])('%s is in %j: %p', (address, cidrs, expected) => {
    expect(createPeerList(cidrs)(socketFrom(address))).toBe(expected)
  })

  it('that has gone already is in no list', () => {
    expect(createPeerList(['0.0.0.0/0', '::/0'])(socketFrom(undefined))).toBe(false)
  })

  it('is remembered for as long as its connection lives', () => {
    const isListed = createPeerList(['10.0.0.0/8'])
    const [near, far] = [socketFrom('10.1.2.3'), socketFrom('192.0.2.1')]
    expect([isListed(near), isListed(far)]).toEqual([true, false])
    for (const socket of [near, far]) Object.defineProperty(socket, 'remoteAddress', { value: undefined })
    expect([isListed(near), isListed(far)]).toEqual([true, false])
  })

  it('list with a CIDR that cannot be read is refused by its name', () => {
    expect(() => createPeerList(['10.0.0.0/8', '10.0.0.0/33'])).toThrow(new RangeError('10.0.0.0/33 is not a CIDR'))
    expect(() => createPeerList(['10.0.0.0/8x'])).toThrow(new RangeError('10.0.0.0/8x is not a CIDR'))
  })
})
