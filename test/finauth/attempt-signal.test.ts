import { createAttemptSignal } from '../../src/finauth/attempt.js'
import { createFakeClock } from '../support/fake-clock.js'

describe('the signal of an attempt', () => {
  it('aborts when its time is over, and not before', async () => {
    const clock = createFakeClock()
    const { signal } = createAttemptSignal(clock, 50, [])
    await clock.advance(49)
    expect(signal.aborted).toBe(false)
    await clock.advance(1)
    expect(signal.aborted).toBe(true)
  })

  it('aborts with whichever source does first', () => {
    const [one, other] = [new AbortController(), new AbortController()]
    const { signal } = createAttemptSignal(createFakeClock(), 50, [one.signal, undefined, other.signal])
    other.abort()
    expect(signal.aborted).toBe(true)
  })

  it('is aborted from the start where a source is', () => {
    const { signal } = createAttemptSignal(createFakeClock(), 50, [undefined, AbortSignal.abort()])
    expect(signal.aborted).toBe(true)
  })

  it('follows nothing any more once it has been let go', async () => {
    const clock = createFakeClock()
    const source = new AbortController()
    const attempt = createAttemptSignal(clock, 50, [source.signal])
    attempt.release()
    source.abort()
    await clock.advance(100)
    expect(attempt.signal.aborted).toBe(false)
  })
})
