import { fixedSecret } from '../../src/secret.js'
import { startRestrictedRedis } from '../support/redis-topologies.js'
import { stopRedisServers } from '../support/redis-server.js'
import { openStore, recordEvents, testCache } from './fixtures.js'

const keyPrefix = 'face-groups'

afterEach(stopRedisServers)

async function start(redis: Partial<Parameters<typeof openStore>[0]>) {
  const events = recordEvents()
  const made = testCache({ events, store: openStore<number>({ keyPrefix, events, ...redis }) })
  await made.cache.start()
  return made
}

it('works over TLS under a private CA, as a user with only the required permissions', async () => {
  const { server, caFile, username, password, remove } = await startRestrictedRedis({ keyPrefix })
  const { cache, events } = await start({
    topology: { kind: 'standalone', url: fixedSecret(server.url) },
    tlsCaFile: caFile,
    username,
    password: fixedSecret(password),
  })
  await cache.get()
  await cache.idle()
  expect(cache.status().store).toBe('up')
  expect(events.storeStates).toEqual([{ up: true, reason: 'connected' }])
  await cache.close()
  await remove()
})

it.each([
  ['the CA is not trusted', { tlsCaFile: undefined }, /^(unable_to|self_signed)/],
  ['the password is wrong', { password: fixedSecret('wrong') }, /^wrongpass$/],
] as const)('serves without Redis and reports why when %s', async (_, wrong, reason) => {
  const { server, caFile, username, password, remove } = await startRestrictedRedis({ keyPrefix })
  const { cache, events } = await start({
    topology: { kind: 'standalone', url: fixedSecret(server.url) },
    tlsCaFile: caFile,
    username,
    password: fixedSecret(password),
    ...wrong,
  })
  expect(await cache.get()).toMatchObject({ freshness: 'fresh' })
  expect(events.storeStates).toEqual([{ up: false, reason: expect.stringMatching(reason) }])
  await cache.close()
  await remove()
})
