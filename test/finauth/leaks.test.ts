import { inspect } from 'node:util'
import { json, type Reply, type ScriptedUpstream, text } from '../support/upstream.js'
import { closeAll, connect, failureOf, pairOf } from './finauth-fixtures.js'

afterEach(closeAll)

const hang: Reply = () => {}
const signOf = (call: Parameters<Reply>[1]) => call.fields[0]?.[1] ?? ''

describe('no key, secret or signature is in the error or the events', () => {
  it.each<[string, Reply]>([
    ['of a refusal', json(403, { error: 'AUTHENTICATION_ERROR' })],
    ['of a refusal that quotes the signature', (r, call) => json(403, { error: `BAD ${signOf(call)}` })(r, call)],
    ['of a reason that quotes the key', json(403, { error: 'AUTHORIZATION_ERROR: primary-key' })],
    ['of a request id that quotes the signature', (r, call) => json(500, { request_id: signOf(call) })(r, call)],
    ['of a reset', (response) => void response.socket?.resetAndDestroy()],
    ['of a body cut off', (response) => void response.write('{', () => response.destroy())],
    ['of a timeout', hang],
    ['of an oversized body', text(200, 'x'.repeat(2000))],
    ['of a redirect to itself', (r, call) => text(302, '', { location: `/?${signOf(call)}` })(r, call)],
    ['of a wrong shape', (r, call) => json(200, { group_infos: signOf(call) })(r, call)],
  ])('%s', async (_, reply) => {
    const { client, upstream, events } = await connect([reply], {
      credentials: [pairOf('primary'), pairOf('standby')],
      timeoutMs: reply === hang ? 500 : 10_000,
      maxResponseBytes: 1000,
    })
    const failure = await failureOf(client.listGroups())
    for (const secret of secretsOf(upstream)) {
      for (const shown of [...showings(failure), ...showings(events.heard)]) expect(shown).not.toContain(secret)
    }
  })

  it('of a client that is inspected', async () => {
    const { client } = await connect([json(500, {})])
    for (const shown of showings(client)) expect(shown).not.toMatch(/primary-(key|secret)/)
  })
})

function secretsOf(upstream: ScriptedUpstream): string[] {
  const signs = upstream.calls.map(signOf)
  expect(signs).not.toContain('')
  expect(signs.length).toBeGreaterThan(0)
  return [...signs, 'primary-key', 'primary-secret', 'standby-key', 'standby-secret']
}

function showings(thing: unknown): string[] {
  const stack = thing instanceof Error ? [thing.stack ?? '', String(thing.cause)] : []
  return [inspect(thing, { depth: 10, showHidden: true }), JSON.stringify(thing) ?? '', ...stack]
}
