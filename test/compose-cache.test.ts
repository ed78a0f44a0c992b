import { composeCache } from '../src/compose-cache.js'
import { loadConfig } from '../src/config/load-config.js'
import { defaultListQuery } from '../src/face-groups/query.js'
import { FinAuthError } from '../src/finauth/errors.js'
import { sampleGroup } from './face-groups/fixtures.js'
import { recordEvents } from './snapshot-cache/fixtures.js'
import { createFakeClock } from './support/fake-clock.js'

it('keeps its pages if a refresh changed nothing, creates new ones after a change, and passes on how a call failed', async () => {
  const clock = createFakeClock()
  let calls = 0
  let name = 'one'
  let failure: FinAuthError | null = null
  const cache = composeCache(loadConfig({ FINAUTH_API_KEY: 'key', FINAUTH_API_SECRET: 'secret', AUTH_MODE: 'none' }), {
    finauth: {
      call: () => Promise.reject(new Error('not expected')),
      async listGroups() {
        if (failure) throw failure
        calls += 1
        const faceGroups = [sampleGroup({ name })]
        return { faceGroups, requestId: `call ${calls}`, omitted: 0, sentAtMs: clock.monotonicMs() }
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
  failure = new FinAuthError('upstream_overloaded', 'too many calls', { retryAfterMs: 90_000 })
  await expect(refresh()).rejects.toMatchObject({ code: 'upstream_overloaded', retryAfterMs: 90_000 })
  await cache.close()
})
