import { createLeakDetector } from './leak-detector.js'

const publishedSign =
  'SPzLRbDBgTGC2A8YdDaa7Jrny+5hPUlDVnZDX3hVczYxNzdXRXR5VU53SUg4SjZOZkd1NTB0JmI9MTUzMDc2MjIxOCZjPTE1MzA3NjIxMTgmZD0wNzk5Njg3MDY2'

describe('the leak detector', () => {
  it('finds a secret that is forbidden only after it leaked', () => {
    const leakDetector = createLeakDetector()
    leakDetector.record('a log line', '{"detail":"hush-hush"}')
    leakDetector.forbid('the secret', 'hush-hush')
    expect(leakDetector.leaks()).toEqual(['the secret in a log line'])
  })

  it.each([
    ['encoded', `sign=${publishedSign}`],
    ['as it is signed', 'a=key&b=1530762218&c=1530762118&d=0799687066'],
    ['inside a longer run of base64', `QUJD${publishedSign}`],
  ])('finds an unregistered sign, %s', (_how, text) => {
    const leakDetector = createLeakDetector()
    leakDetector.record('a response', text)
    expect(leakDetector.leaks()).toEqual(['a sign in a response'])
  })

  it('finds nothing in harmless text', () => {
    const leakDetector = createLeakDetector()
    leakDetector.forbid('the secret', 'hush-hush')
    leakDetector.record('a response', Buffer.from('x'.repeat(300)).toString('base64'))
    expect(leakDetector.leaks()).toEqual([])
  })
})
