import { addressKey, createAddressMatcher, parseNetwork } from '../src/ip-address.js'

describe('the key of a client address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:0:0:1::', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['1::', '1:0:0:0::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['1:2:3::4:192.0.2.1', '1:2:3:0::/64'],
    ['1::2:3:4:5:192.0.2.1', '1:0:2:3::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('%s by %s', (address, key) => {
    expect(addressKey(address)).toBe(key)
  })

  it.each([
    undefined,
    '',
    'unknown',
    '_hidden',
    '192.0.2.1.5',
    '<script>',
    '192.0.2.256',
    '192.0.2',
    '0300.0.2.1',
    '0xc0.0.2.1',
    ' 192.0.2.1',
    '2001:db8::/64',
    ':::',
  ])('%j as unknown', (address) => {
    expect(addressKey(address)).toBe('unknown')
  })
})

describe('an address', () => {
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
    ['10.1.2.3', ['::/0'], false],
    ['10.1.2.3', [], false],
    ['unknown', ['0.0.0.0/0', '::/0'], false],
    [undefined, ['0.0.0.0/0', '::/0'], false],
  ])('%s is in %j: %p', (address, cidrs, expected) => {
    expect(createAddressMatcher(cidrs)(address)).toBe(expected)
  })
})

describe('a network', () => {
  it.each([
    ['10.0.0.0/8', 'ipv4', 8],
    ['10.1.2.3', 'ipv4', 32],
    ['2001:db8::/32', 'ipv6', 32],
    ['2001:db8::1', 'ipv6', 128],
    ['::ffff:10.0.0.0/104', 'ipv6', 104],
  ])('%s is %s of %i bits', (value, kind, bits) => {
    const [address, prefix] = parseNetwork(value) ?? []
    expect([address?.kind(), prefix]).toEqual([kind, bits])
  })

  it.each([
    '10.0.0.0/33',
    '::/129',
    '10.0.0/8',
    '10.0.0',
    'localhost',
    '10.0.0.0/8/8',
    '10.0.0.0/',
    '10.0.0.0/8x',
    '/8',
    '',
  ])('%j is not a network, and the error names it', (value) => {
    expect(parseNetwork(value)).toBeNull()
    expect(() => createAddressMatcher(['10.0.0.0/8', value])).toThrow(new RangeError(`${value} is not a CIDR`))
  })
})
