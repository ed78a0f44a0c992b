import { composeCache } from '../src/compose-cache.js'
import { loadConfig } from '../src/config/load-config.js'
import type { GroupList } from '../src/face-groups/group-list.js'
import { listOf, sampleGroup } from './face-groups/fixtures.js'
import { recordEvents } from './snapshot-cache/fixtures.js'
import { createFakeClock } from './support/fake-clock.js'

it('has the vendor’s list read with the one before it at hand', async () => {
  const clock = createFakeClock()
  const before: (GroupList | undefined)[] = []
  const cache = composeCache(loadConfig({ FINAUTH_API_KEY: 'key', FINAUTH_API_SECRET: 'secret', AUTH_MODE: 'none' }), {
    finauth: {
      async listFaceGroups(_signal, list) {
        before.push(list)
        return {
          faceGroups: listOf([sampleGroup({ name: `list ${before.length}` })]),
          requestId: null,
          omitted: 0,
          sentAtMs: clock.monotonicMs(),
        }
      },
      close() {},
    },
    events: recordEvents(),
    clock,
    onUnexpectedError(error) {
      throw error
    },
  })
  const first = await cache.get()
  await clock.advance(10_000)
  await cache.refresh()
  expect(before).toEqual([undefined, first.value.groups])
  await cache.close()
})
