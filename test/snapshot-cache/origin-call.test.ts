import { getEventListeners } from 'node:events'
import { callOrigin } from '../../src/snapshot-cache/refresh.js'
import { createFakeClock, settle } from '../support/fake-clock.js'

const never = () => new Promise<number>(() => {})

function call(origin: (signal: AbortSignal) => Promise<number>) {
  const clock = createFakeClock()
  const closing = new AbortController()
  return { clock, closing, result: callOrigin({ origin, closing: closing.signal, deadlineMs: 100, clock }) }
}

it('gives what the origin answers', async () => {
  expect(await call(async () => 7).result).toEqual({ outcome: 'answered', value: 7, sentAtMs: 0 })
})

it('gives what the origin fails with', async () => {
  const error = new Error('no')
  expect(await call(() => Promise.reject(error)).result).toEqual({ outcome: 'failed', error })
})

it('ends at the deadline with a TimeoutError, and tells the origin', async () => {
  let told: unknown
  const { clock, result } = call((signal) => {
    signal.addEventListener('abort', () => {
      told = signal.reason
    })
    return never()
  })
  await clock.advance(100)
  const { error } = (await result) as { error: DOMException }
  expect([error.name, error.message]).toEqual(['TimeoutError', 'timed out after 100 ms'])
  expect(told).toBe(error)
})

it('ends when everything closes, with the reason of that', async () => {
  const { closing, result } = call(never)
  await settle()
  closing.abort('closed')
  expect(await result).toEqual({ outcome: 'failed', error: 'closed' })
})

it('does not ask once everything closes', async () => {
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
