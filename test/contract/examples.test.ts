import { Router } from 'express'
import { problems } from '../../src/http/problem.js'
import type { Behaviour } from '../../simulator/behaviour.js'
import { type RunningService, type StartServiceOptions, startService } from '../support/service.js'
import { document } from './contract.js'

type Body = Record<string, unknown>

interface Media {
  readonly example?: Body
  readonly examples?: Readonly<Record<string, { readonly value: Body }>>
}

/** Every example of an answer, by the names of the answer and the example. */
const examples = new Map<string, Body>()
for (const [name, { content = {} }] of Object.entries(document.components.responses)) {
  for (const { example, examples: several = {} } of Object.values(content as Record<string, Media>)) {
    if (example) examples.set(name, example)
    for (const [each, { value }] of Object.entries(several)) examples.set(`${name}.${each}`, value)
  }
}
const compared = new Set<string>()

function expectExample(name: string, actual: unknown): void {
  compared.add(name)
  expect(stable(actual)).toEqual(stable(examples.get(name)))
}

/** Without values that differ between requests: ids, cursors, and seconds to wait. */
function stable(body: unknown): unknown {
  const text = JSON.stringify(body, (key, value: unknown) => {
    if (key === 'requestId' || key === 'instance' || key === 'retryAfterSeconds') return typeof value
    return key === 'nextCursor' && value !== null ? typeof value : value
  })
  return JSON.parse(text.replace(/resets in \d+ s/, 'resets in some s'))
}

describe('the examples of the document are what the service answers', () => {
  let running: RunningService
  beforeAll(async () => {
    const failing = Router().get('/fail', () => {
      throw new Error('a fault')
    })
    running = await startService({ routes: [failing] })
  })
  afterAll(() => running.stop())

  it.each<[string, string, RequestInit & { authorization?: null }]>([
    ['FaceGroupPage.whole', '/api/face-groups', {}],
    ['FaceGroupPage.first', '/api/face-groups?limit=1', {}],
    ['FaceGroupPage.empty', '/api/face-groups?q=nothing-like-it', {}],
    ['FaceGroup', '/api/face-groups/Finauth_test_001', {}],
    ['InvalidRequest', '/api/face-groups?limit=0&colour=red', {}],
    ['InvalidPath', '/api/face-groups/%zz', {}],
    ['Unauthenticated', '/api/face-groups', { authorization: null }],
    ['NotFound', '/api/face-groups/unknown', {}],
    ['MethodNotAllowed', '/api/face-groups', { method: 'DELETE' }],
    ['NotAcceptable', '/api/face-groups', { headers: { Accept: 'text/csv' } }],
    ['Healthy', '/health', {}],
  ])('%s', async (name, path, options) => {
    const answer = (await (await running.call(path, options)).json()) as Body
    expectExample(name, answer)
    const { instance } = examples.get(name) ?? {}
    expect(answer['instance']).toBe(instance)
  })

  it('Internal', async () => {
    const response = await fetch(`${running.url}/fail`)
    expectExample('Internal', await response.json())
  })

  it('ForbiddenOrCrossSite.crossSite', async () => {
    const authorization = `Bearer ${await running.token({ scope: 'face-groups:refresh' })}`
    const headers = { 'Sec-Fetch-Site': 'cross-site' }
    const response = await running.call('/api/face-groups/refresh', { method: 'POST', authorization, headers })
    expectExample('ForbiddenOrCrossSite.crossSite', await response.json())
  })

  it('names every fault of a refresh with parameters', async () => {
    const authorization = `Bearer ${await running.token({ scope: 'face-groups:refresh' })}`
    const response = await running.call('/api/face-groups/refresh?x=1', { method: 'POST', authorization })
    expect([response.status, await response.json()]).toMatchObject([400, { errors: [{ parameter: 'x' }] }])
  })
})

describe('the examples of unhealthy services', () => {
  it('Forbidden', async () => {
    const running = await startService({ environment: { JWT_READ_SCOPE: 'face-groups:read' } })
    const answer = await answerOf(running)
    expectExample('Forbidden', answer)
    expectExample('ForbiddenOrCrossSite.forbidden', answer)
  })

  it('RateLimited', async () => {
    const running = await startService({ environment: { RATE_LIMIT_PER_MINUTE: '1' } })
    await running.call('/api/face-groups')
    expectExample('RateLimited', await answerOf(running))
  })

  it.each<[string, StartServiceOptions]>([
    ['BadGateway.rejected', withVendor('authentication_error')],
    ['BadGateway.invalid', withVendor({ kind: 'invalid_json' })],
    ['Unavailable.unavailable', withVendor('internal_error')],
    ['Unavailable.overloaded', withVendor({ kind: 'error', status: 403, error: 'CONCURRENCY_LIMIT_EXCEEDED' })],
    ['Unavailable.identityProvider', { prepare: (_simulator, issuer) => issuer.setFault({ kind: 'fail' }) }],
    ['UpstreamTimeout', withVendor({ kind: 'hang' })],
  ])('%s', async (name, options) => {
    expectExample(name, await answerOf(await startService(options)))
  })

  it('Unhealthy', async () => {
    const running = await startService(withVendor('internal_error'))
    expectExample('Unhealthy', await answerOf(running, '/health'))
  })
})

it('every example was compared, and every problem has the title of the table', () => {
  const notCompared = [...examples.keys()].filter((name) => !compared.has(name))
  // It requires a waiting request when the service stops; its title is compared below.
  expect(notCompared).toEqual(['Unavailable.shuttingDown'])
  for (const { code, title, status } of examples.values()) {
    if (code !== undefined) expect({ title, status }).toEqual(problems[code as keyof typeof problems])
  }
})

function withVendor(behaviour: Behaviour | string): StartServiceOptions {
  const isTimeout = typeof behaviour === 'object' && behaviour.kind === 'hang'
  return {
    environment: isTimeout ? { FINAUTH_TIMEOUT_MS: '300', FINAUTH_DEADLINE_MS: '1500' } : {},
    prepare: (simulator) => simulator.set(behaviour),
  }
}

async function answerOf(running: RunningService, path = '/api/face-groups'): Promise<unknown> {
  try {
    return await (await running.call(path)).json()
  } finally {
    await running.stop()
  }
}
