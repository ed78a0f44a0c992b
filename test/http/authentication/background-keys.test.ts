import { once } from 'node:events'
import { settle } from '../../support/fake-clock.js'
import { found, useRemoteKeys } from './remote-keys.js'

const idp = await useRemoteKeys()

describe('keys that are loaded in the background', () => {
  it('are not reloaded before they are ten minutes old, if a request reloaded them', async () => {
    const keys = idp.remoteKeys()
    keys.start()
    await keys.idle()
    await idp.clock.advance(590_000)
    await found(keys, 'unknown')
    await idp.clock.advance(599_999)
    expect(idp.provider.requests).toBe(2)
    await idp.clock.advance(1)
    await keys.idle()
    expect(idp.provider.requests).toBe(3)
    keys.close()
  })

  it('are loaded more often while a withdrawal is in effect', async () => {
    const keys = idp.remoteKeys()
    keys.start()
    await keys.idle()
    idp.provider.serve([])
    await idp.clock.advance(600_000)
    await keys.idle()
    await settle()
    expect([idp.provider.requests, keys.status().state]).toEqual([2, 'withdrawn'])
    idp.provider.serve([idp.first.jwk])
    await idp.clock.advance(29_999)
    expect(idp.provider.requests).toBe(2)
    await idp.clock.advance(1)
    await keys.idle()
    expect([idp.provider.requests, keys.status().state]).toEqual([3, 'usable'])
    keys.close()
  })

  it('are available before the first token, are renewed without one, and are retried until there are some', async () => {
    idp.provider.answer((_request, response) => response.writeHead(500).end())
    const keys = idp.remoteKeys()
    keys.start()
    await keys.idle()
    expect([idp.provider.requests, keys.status().state]).toEqual([1, 'none'])
    idp.provider.serve([idp.first.jwk])
    await idp.clock.advance(5_000)
    await keys.idle()
    expect([idp.provider.requests, keys.status().state]).toEqual([2, 'usable'])
    await idp.clock.advance(599_999)
    expect(idp.provider.requests).toBe(2)
    await idp.clock.advance(1)
    await keys.idle()
    expect([idp.provider.requests, keys.status().ageMs]).toEqual([3, 0])
    await settle()
    keys.close()
    await idp.clock.advance(600_000)
    expect(idp.provider.requests).toBe(3)
  })
  it('use one connection, which ends when the key store is closed', async () => {
    const connections = new Map<unknown, Promise<unknown>>()
    idp.provider.answer(({ socket }, response) => {
      // Emitted if the client ends the connection, not if the server does.
      if (!connections.has(socket)) connections.set(socket, once(socket, 'end'))
      response.end(JSON.stringify({ keys: [idp.first.jwk] }))
    })
    const keys = idp.remoteKeys()
    await found(keys, 'first')
    await found(keys, 'unknown')
    keys.close()
    await Promise.all(connections.values())
    expect([idp.provider.requests, connections.size]).toEqual([2, 1])
  })

  it('report no failure if the key store is closed while they are loading', async () => {
    const keys = idp.remoteKeys()
    const asked = new Promise<void>((resolve) => idp.provider.answer(() => resolve()))
    keys.start()
    await asked
    keys.close()
    await keys.idle()
    expect(idp.news).toEqual([])
  })
})
