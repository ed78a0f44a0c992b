import { composeCache } from '../src/compose-cache.js'
import { loadConfig } from '../src/config/load-config.js'
import { FinAuthError } from '../src/finauth/errors.js'
import { groupsOf, sampleGroup } from './face-groups/fixtures.js'
import { recordEvents } from './snapshot-cache/fixtures.js'
import { createFakeClock } from './support/fake-clock.js'

it('caches the list that the vendor’s client resolves with, and passes on how it failed', async () => {
  const clock = createFakeClock()
  const group = sampleGroup({ name: 'from the vendor', createdAt: null })
  let failure: FinAuthError | null = null
  const cache = composeCache(loadConfig({ FINAUTH_API_KEY: 'key', FINAUTH_API_SECRET: 'secret', AUTH_MODE: 'none' }), {
    finauth: {
      call: () => Promise.reject(new Error('not expected')),
      async listGroups() {
        if (failure) throw failure
        return { faceGroups: [group], requestId: 'r', omitted: 0, sentAtMs: clock.monotonicMs() }
      },
      close() {},
    },
    events: recordEvents(),
    clock,
    onUnexpectedError(error) {
      throw error
    },
  })
  const { value } = await cache.get()
  expect([groupsOf(value.groups), value.upstreamRequestId]).toEqual([[group], 'r'])
  await clock.advance(10_000)
  failure = new FinAuthError('upstream_overloaded', 'too many calls', { retryAfterMs: 90_000 })
  await expect(cache.refresh()).rejects.toMatchObject({ code: 'upstream_overloaded', retryAfterMs: 90_000 })
  await cache.close()
})
