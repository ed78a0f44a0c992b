import { bypassesProxy, readProxyUrl } from '../../src/egress/no-proxy.js'

describe('bypassesProxy', () => {
  it.each([
    ['https://api.vendor.test', '*'],
    ['https://api.vendor.test', 'api.vendor.test'],
    ['https://api.vendor.test', 'API.Vendor.Test'],
    ['https://api.vendor.test', 'vendor.test'],
    ['https://api.vendor.test', '.vendor.test'],
    ['https://api.vendor.test', '*.vendor.test'],
    ['https://api.vendor.test', 'other.test, vendor.test'],
    ['https://api.vendor.test', 'other.test vendor.test'],
    ['https://api.vendor.test', 'other.test, ,  vendor.test'],
    ['https://api.vendor.test', 'vendor.test.'],
    ['https://api.vendor.test', 'vendor.test:443'],
    ['http://api.vendor.test', 'vendor.test:80'],
    ['https://api.vendor.test:8443', 'vendor.test:8443'],
    ['https://api.vendor.test.', 'vendor.test'],
    ['https://10.1.2.3', '10.1.2.3'],
    ['https://10.1.2.3', '10.0.0.0/8'],
    ['https://10.1.2.3:8443', '10.1.2.3:8443'],
    ['https://[2001:db8::1]', '2001:db8::1'],
    ['https://[2001:db8::1]', '[2001:db8::1]'],
    ['https://[2001:db8::1]', '[2001:db8::1]:443'],
    ['https://[2001:db8::1]', '2001:db8::/32'],
  ])('calls %s directly with NO_PROXY=%p', (url, noProxy) => {
    expect(bypassesProxy(new URL(url), noProxy)).toBe(true)
  })

  it.each([
    ['https://api.vendor.test', undefined],
    ['https://localhost', ''],
    ['https://127.0.0.1:8443', 'localhost'],
    ['https://api.vendor.test', ''],
    ['https://api.vendor.test', ' , '],
    ['https://api.vendor.test', 'endor.test'],
    ['https://api.vendor.test', 'api'],
    ['https://api.vendor.test', 'vendor.test:8443'],
    ['http://api.vendor.test', 'vendor.test:443'],
    ['https://vendor.test', 'api.vendor.test'],
    ['https://11.1.2.3', '10.0.0.0/8'],
    ['https://11.1.2.3', '10.0.0.0/99'],
    ['https://11.1.2.3', '1.2.3'],
    ['https://api.vendor.test', '.'],
    ['https://localhost.vendor.test', ''],
    ['https://[2001:db8::1]', '10.0.0.0/8'],
    ['https://[2001:db8::1]', '[2001:db8::2]'],
    ['https://[2001:db8::1]', '[2001:db8::1]:8443'],
    ['https://[2001:db8::1]', '*.1'],
  ])('sends %s through the proxy with NO_PROXY=%p', (url, noProxy) => {
    expect(bypassesProxy(new URL(url), noProxy)).toBe(false)
  })
})

describe('readProxyUrl', () => {
  it.each([
    ['http://proxy.test:3128', 'http://proxy.test:3128/'],
    ['https://user:p%40ss@proxy.test', 'https://user:p%40ss@proxy.test/'],
    ['proxy.test:3128', 'http://proxy.test:3128/'],
    ['user:pass@proxy.test:3128', 'http://user:pass@proxy.test:3128/'],
    ['[2001:db8::1]:3128', 'http://[2001:db8::1]:3128/'],
  ])('reads %s', (value, url) => {
    expect(readProxyUrl(value)?.href).toBe(url)
  })

  it.each(['', 'http://', 'socks5://proxy.test:1080', 'ftp://proxy.test', 'http://:3128', 'a b'])(
    'returns null for %j',
    (value) => {
      expect(readProxyUrl(value)).toBeNull()
    },
  )
})
