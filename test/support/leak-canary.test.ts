import { createLeakCanary } from './leak-canary.js'

const publishedSign =
  'SPzLRbDBgTGC2A8YdDaa7Jrny+5hPUlDVnZDX3hVczYxNzdXRXR5VU53SUg4SjZOZkd1NTB0JmI9MTUzMDc2MjIxOCZjPTE1MzA3NjIxMTgmZD0wNzk5Njg3MDY2'

describe('the leak canary', () => {
  it('finds a secret that is forbidden only after it leaked', () => {
    const canary = createLeakCanary()
    canary.record('a log line', '{"detail":"tell-tale"}')
    canary.forbid('the secret', 'tell-tale')
    expect(canary.leaks()).toEqual(['the secret in a log line'])
  })

  it.each([
    ['encoded', `sign=${publishedSign}`],
    ['as it is signed', 'a=key&b=1530762218&c=1530762118&d=0799687066'],
    ['inside a longer run of base64', `QUJD${publishedSign}`],
  ])('finds a sign it was not told of, %s', (_how, text) => {
    const canary = createLeakCanary()
    canary.record('a response', text)
    expect(canary.leaks()).toEqual(['a sign in a response'])
  })

  it('finds nothing in harmless text', () => {
    const canary = createLeakCanary()
    canary.forbid('the secret', 'tell-tale')
    canary.record('a response', Buffer.from('x'.repeat(300)).toString('base64'))
    expect(canary.leaks()).toEqual([])
  })
})
