import { addressKey } from '../../src/http/client-address.js'

describe('what a client is counted by', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
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

  it.each([undefined, '', 'unknown', '_hidden', '192.0.2.1.5', '<script>', '192.0.2.256'])(
    '%j with all strangers',
    (address) => {
      expect(addressKey(address)).toBe('unknown')
    },
  )
})
