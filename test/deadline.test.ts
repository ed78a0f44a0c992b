import { getEventListeners } from 'node:events'
import { isTimeoutError, startDeadline, withDeadline } from '../src/deadline.js'
import { createFakeClock, settle } from './support/fake-clock.js'

const never = () => new Promise<never>(() => {})
const failureOf = (promise: Promise<unknown>) => promise.catch((error: unknown) => error)

describe('the signal of a deadline', () => {
  it('aborts with a TimeoutError when the time is over, and not before', async () => {
    const clock = createFakeClock()
    const { signal } = startDeadline(50, { clock })
    await clock.advance(49)
    expect(signal.aborted).toBe(false)
    await clock.advance(1)
    expect(signal.reason).toMatchObject({ name: 'TimeoutError', message: 'timed out after 50 ms' })
  })

  it('aborts with the reason of the first source that aborts', () => {
    const [one, other] = [new AbortController(), new AbortController()]
    const { signal } = startDeadline(50, { clock: createFakeClock(), signals: [one.signal, undefined, other.signal] })
    other.abort('the other')
    one.abort('the one')
    expect(signal.reason).toBe('the other')
  })

  it('is aborted initially if a source is', () => {
    const signals = [undefined, AbortSignal.abort('before')]
    expect(startDeadline(50, { clock: createFakeClock(), signals }).signal.reason).toBe('before')
  })

  it('does not abort after release', async () => {
    const clock = createFakeClock()
    const source = new AbortController()
    const { signal, release } = startDeadline(50, { clock, signals: [source.signal] })
    release()
    source.abort()
    await clock.advance(100)
    expect(signal.aborted).toBe(false)
    expect(getEventListeners(source.signal, 'abort')).toHaveLength(0)
  })
})

describe('work with a deadline', () => {
  it('resolves and rejects as the work does', async () => {
    const error = new Error('no')
    expect(await withDeadline(async () => 7, 50)).toBe(7)
    expect(await failureOf(withDeadline(() => Promise.reject(error), 50))).toBe(error)
  })

  it('rejects at the deadline although the work continues', async () => {
    const clock = createFakeClock()
    const failure = failureOf(withDeadline(never, 50, { clock }))
    await clock.advance(50)
    expect(isTimeoutError(await failure)).toBe(true)
  })

  it('rejects with the reason of a signal as soon as it aborts', async () => {
    const source = new AbortController()
    const failure = failureOf(withDeadline(never, 50, { clock: createFakeClock(), signals: [source.signal] }))
    await settle()
    source.abort('closing')
    expect(await failure).toBe('closing')
  })

  it('is not started if a signal has already aborted', async () => {
    let begun = 0
    const work = async () => {
      begun += 1
    }
    expect(await failureOf(withDeadline(work, 50, { signals: [AbortSignal.abort('closed')] }))).toBe('closed')
    expect(begun).toBe(0)
  })

  it('gets the deadline through its signal', async () => {
    const clock = createFakeClock()
    let reason: unknown
    const work = (signal: AbortSignal) => {
      signal.addEventListener('abort', () => {
        reason = signal.reason
      })
      return never()
    }
    const failure = failureOf(withDeadline(work, 50, { clock }))
    await clock.advance(50)
    expect(await failure).toBe(reason)
  })

  it('leaves no timer and no listener behind', async () => {
    const clock = createFakeClock()
    const timers: (AbortSignal | undefined)[] = []
    const sleep: typeof clock.sleep = (ms, signal) => {
      timers.push(signal)
      return clock.sleep(ms, signal)
    }
    const source = new AbortController()
    await withDeadline(async () => 7, 50, { clock: { sleep }, signals: [source.signal] })
    expect(timers.map((signal) => signal?.aborted)).toEqual([true])
    expect(getEventListeners(source.signal, 'abort')).toHaveLength(0)
  })

  it('has no effect if it fails after the deadline', async () => {
    const clock = createFakeClock()
    let fail: (error: Error) => void = () => {}
    const work = () =>
      new Promise<never>((_, reject) => {
        fail = reject
      })
    const failure = failureOf(withDeadline(work, 50, { clock }))
    await clock.advance(50)
    fail(new Error('late'))
    await settle()
    expect(isTimeoutError(await failure)).toBe(true)
  })
})

it('recognises only its own error', () => {
  const named = Object.assign(new Error('no'), { name: 'TimeoutError' })
  expect([isTimeoutError(named), isTimeoutError(new DOMException('no', 'AbortError'))]).toEqual([false, false])
})
