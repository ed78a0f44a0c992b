import { getEventListeners } from 'node:events'
import { callOrigin } from '../../src/snapshot-cache/refresh.js'
import { createFakeClock, settle } from '../support/fake-clock.js'

const never = () => new Promise<number>(() => {})

function call(origin: (signal: AbortSignal) => Promise<number>) {
  const clock = createFakeClock()
  const closing = new AbortController()
  return { clock, closing, result: callOrigin({ origin, closing: closing.signal, deadlineMs: 100, clock }) }
}

it('resolves with the answer of the origin', async () => {
  expect(await call(async () => 7).result).toEqual({ outcome: 'answered', value: 7, sentAtMs: 0 })
})

it('resolves with the error of the origin', async () => {
  const error = new Error('no')
  expect(await call(() => Promise.reject(error)).result).toEqual({ outcome: 'failed', error })
})

it("ends at the deadline with a TimeoutError, and aborts the origin's signal", async () => {
  let reported: unknown
  const { clock, result } = call((signal) => {
    signal.addEventListener('abort', () => {
      reported = signal.reason
    })
    return never()
  })
  await clock.advance(100)
  const { error } = (await result) as { error: DOMException }
  expect([error.name, error.message]).toEqual(['TimeoutError', 'timed out after 100 ms'])
  expect(reported).toBe(error)
})

it('ends when the cache closes, with that reason', async () => {
  const { closing, result } = call(never)
  await settle()
  closing.abort('closed')
  expect(await result).toEqual({ outcome: 'failed', error: 'closed' })
})

it('does not call the origin once the cache closes', async () => {
  let asked = 0
  const origin = () => {
    asked += 1
    return never()
  }
  const options = { origin, deadlineMs: 100, clock: createFakeClock() }
  expect(await callOrigin({ ...options, closing: AbortSignal.abort('closed') })).toMatchObject({ error: 'closed' })
  expect(asked).toBe(0)
})

it('leaves no listener and no timer behind', async () => {
  const timers: AbortSignal[] = []
  const clock = createFakeClock()
  const sleep: typeof clock.sleep = (ms, signal) => {
    timers.push(signal!)
    return clock.sleep(ms, signal)
  }
  const closing = new AbortController()
  await callOrigin({ origin: async () => 7, closing: closing.signal, deadlineMs: 100, clock: { ...clock, sleep } })
  expect(getEventListeners(closing.signal, 'abort')).toHaveLength(0)
  expect(timers.map(({ aborted }) => aborted)).toEqual([true])
})
