import { createFakeClock, settle } from '../support/fake-clock.js'
import { failureOf, scriptedOrigin, testCache } from './fixtures.js'

const never = () => new Promise<number>(() => {})

function call(answer: () => Promise<number>) {
  const fake = createFakeClock()
  const timers = new Set<AbortSignal>()
  const clock: typeof fake = {
    ...fake,
    sleep(ms, signal) {
      timers.add(signal!)
      return fake.sleep(ms, signal)
    },
  }
  const signals: AbortSignal[] = []
  const ask = (signal: AbortSignal) => {
    signals.push(signal)
    return answer()
  }
  const { cache } = testCache({ clock, deadlineMs: 100, origin: { ...scriptedOrigin(), ask } })
  return { clock, cache, signals, timers }
}

it('is aborted at the deadline, with a TimeoutError', async () => {
  const { clock, cache, signals } = call(never)
  const failure = failureOf(cache.get())
  await clock.advance(99)
  expect(signals[0]!.aborted).toBe(false)
  await clock.advance(1)
  expect(signals[0]!.reason).toMatchObject({ name: 'TimeoutError', message: 'timed out after 100 ms' })
  expect(await failure).toMatchObject({ code: 'timeout' })
  await cache.close()
})

it('is aborted when the cache closes, which does not wait for an origin that ignores that', async () => {
  const { cache, signals } = call(never)
  const failure = failureOf(cache.get())
  await settle()
  await cache.close()
  expect(signals[0]!.reason).toMatchObject({ name: 'AbortError' })
  expect(await failure).toMatchObject({ code: 'closed' })
})

it('does not happen once the cache is closed', async () => {
  const { cache, signals } = call(never)
  await cache.close()
  expect(await failureOf(cache.get())).toMatchObject({ code: 'closed' })
  expect(await failureOf(cache.refresh())).toMatchObject({ code: 'closed' })
  expect(signals).toEqual([])
})

it('leaves no timer behind', async () => {
  const { cache, timers } = call(async () => 7)
  await cache.get()
  await cache.idle()
  expect([...timers].map(({ aborted }) => aborted)).not.toContain(false)
})
