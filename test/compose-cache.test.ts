import { composeCache } from '../src/compose-cache.js'
import { loadConfig } from '../src/config/load-config.js'
import { GroupListBuilder } from '../src/face-groups/group-list-builder.js'
import { defaultListQuery } from '../src/face-groups/query.js'
import { sampleGroup } from './face-groups/fixtures.js'
import { recordEvents } from './snapshot-cache/fixtures.js'
import { createFakeClock } from './support/fake-clock.js'

it('keeps its pages over a refresh that changed nothing, and makes new ones after a change', async () => {
  const clock = createFakeClock()
  let calls = 0
  let name = 'one'
  const cache = composeCache(loadConfig({ FINAUTH_API_KEY: 'key', FINAUTH_API_SECRET: 'secret', AUTH_MODE: 'none' }), {
    finauth: {
      async listFaceGroups() {
        calls += 1
        const list = new GroupListBuilder(null)
        list.add({ ...sampleGroup({ name }), createdAtMs: null })
        return { faceGroups: list.finish(), requestId: `call ${calls}`, omitted: 0, sentAtMs: clock.monotonicMs() }
      },
      close() {},
    },
    events: recordEvents(),
    clock,
    onUnexpectedError(error) {
      throw error
    },
  })
  const refresh = async () => {
    await clock.advance(10_000)
    return (await cache.refresh()).value
  }
  const first = (await cache.get()).value
  const second = await refresh()
  expect([first.upstreamRequestId, second.upstreamRequestId]).toEqual(['call 1', 'call 2'])
  expect(await second.list(defaultListQuery, null)).toBe(await first.list(defaultListQuery, null))
  name = 'two'
  const third = await refresh()
  expect((await third.list(defaultListQuery, null)).body.toString()).toContain('"name":"two"')
  await cache.close()
})
