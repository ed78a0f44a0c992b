import { inspect } from 'node:util'
import { createEgressAgent } from '../../src/egress/egress-agent.js'
import { fixedSecret } from '../../src/secret.js'

const target = new URL('https://finauth.test')

function agentFor(httpsProxy: string, noProxy: string | null = null) {
  return createEgressAgent({ target, proxy: { httpsProxy: fixedSecret(httpsProxy), noProxy }, connectTimeoutMs: 1000 })
}

describe('createEgressAgent', () => {
  it('contains no password of the proxy that could be printed', () => {
    const agent = agentFor('http://user:hush@proxy.test:3128')
    expect(inspect(agent, { depth: 10, showHidden: true })).not.toContain('hush')
    expect(inspect(agent, { depth: 10, showHidden: true })).toContain('proxy.test:3128')
  })

  it.each(['ftp://user:hush@proxy.test', 'http://user:hush@:x', ''])('throws for %j without quoting it', (proxy) => {
    expect(() => agentFor(proxy)).toThrow(/^HTTPS_PROXY is not a URL$/)
  })

  it('does not read the proxy if NO_PROXY includes the target', () => {
    expect(() => agentFor('', 'finauth.test')).not.toThrow()
  })
})
