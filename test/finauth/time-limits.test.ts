import { getEventListeners } from 'node:events'
import { type Clock, systemClock } from '../../src/clock.js'
import { settle } from '../support/fake-clock.js'
import { json, type Reply, text } from '../support/upstream.js'
import { closeAll, connect, example, failureOf } from './finauth-fixtures.js'

afterEach(closeAll)

const limitMs = 9000
const hang: Reply = () => {}
const hangAfterHeaders: Reply = (response) => response.writeHead(200).flushHeaders()
const trickle: Reply = (response) => {
  response.writeHead(200)
  const drip = setInterval(() => response.write(' '), 5)
  response.on('close', () => clearInterval(drip))
}

describe('the time limit of an attempt', () => {
  it.each([
    ['no answer', hang],
    ['headers without a body', hangAfterHeaders],
    ['a trickled body', trickle],
  ])('ends %s and retries', async (_, reply) => {
    const { client, upstream, events } = await connectWith({ timeoutsToSkip: 1 }, [reply, example])
    expect((await client.listGroups()).faceGroups).toHaveLength(3)
    expect(upstream.calls).toHaveLength(2)
    expect(events.heard).toContainEqual(['attemptEnded', expect.objectContaining({ outcome: 'timeout' })])
  })

  it('causes upstream_timeout and leaves no connection behind', async () => {
    const { client, upstream } = await connectWith({ timeoutsToSkip: 3 }, [hang])
    expect(await failureOf(client.listGroups())).toMatchObject({ code: 'upstream_timeout', retryable: true })
    expect(upstream.calls).toHaveLength(3)
    await Promise.all([...upstream.connections].map((socket) => new Promise((closed) => socket.once('close', closed))))
    expect(upstream.connections.size).toBe(0)
  })
})

it('an answered call leaves no timer and no listener behind', async () => {
  const timers: (AbortSignal | undefined)[] = []
  const sleep: Clock['sleep'] = (ms, signal) => {
    timers.push(signal)
    return systemClock.sleep(ms, signal)
  }
  const caller = new AbortController()
  const { client } = await connect([text(500, ''), example], { clock: { ...systemClock, sleep } })
  await client.listGroups(caller.signal)
  expect(timers.map((signal) => signal?.aborted)).toEqual([true, true, true])
  expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0)
})

describe('the deadline of a call', () => {
  it('cuts off the attempt that exceeds it', async () => {
    const { client, upstream } = await connectWith({ timeoutsToSkip: 1 }, [hang], {
      deadlineMs: limitMs,
      timeoutMs: 2 * limitMs,
    })
    expect(await failureOf(client.listGroups())).toMatchObject({ code: 'upstream_timeout' })
    expect(upstream.calls).toHaveLength(1)
  })

  it('ends the call without waiting if the backoff does not fit', async () => {
    const { client, upstream } = await connect([text(500, '')], { backoffBaseMs: 60_000 })
    expect(await failureOf(client.listGroups())).toMatchObject({ code: 'upstream_unavailable' })
    expect(upstream.calls).toHaveLength(1)
  })
})

describe('Retry-After', () => {
  it('is passed on if it does not fit into the deadline', async () => {
    const { client, upstream } = await connect([text(503, '', { 'retry-after': '120' }), example])
    expect(await failureOf(client.listGroups())).toMatchObject({
      code: 'upstream_unavailable',
      retryAfterMs: 120_000,
    })
    expect(upstream.calls).toHaveLength(1)
  })

  it('is parsed as a date relative to that of the answer', async () => {
    const headers = { date: 'Sun, 06 Nov 1994 08:49:37 GMT', 'retry-after': 'Sun, 06 Nov 1994 08:50:37 GMT' }
    const { client } = await connect([text(429, '', headers)])
    expect(await failureOf(client.listGroups())).toMatchObject({ retryAfterMs: 60_000 })
  })

  it('is waited for if it fits', async () => {
    const { clock, slept } = quickClock()
    const { client } = await connect([json(429, {}, { 'retry-after': '7' }), example], { clock, timeoutMs: 9000 })
    await client.listGroups()
    expect(slept).toContain(7000)
  })
})

it('the next attempt waits for the backoff to end', async () => {
  let endBackoff = () => {}
  const backoff = new Promise<void>((resolve) => {
    endBackoff = resolve
  })
  const sleep: Clock['sleep'] = (ms, signal) => (ms === 9000 ? systemClock.sleep(ms, signal) : backoff)
  const clock = { ...systemClock, sleep }
  const { client, upstream, events } = await connect([text(500, ''), example], { clock, timeoutMs: 9000 })
  const failed = new Promise<void>((resolve) => {
    events.attemptEnded = () => resolve()
  })
  const call = client.listGroups()
  await failed
  await settle()
  expect(upstream.calls).toHaveLength(1)
  endBackoff()
  await call
  expect(upstream.calls).toHaveLength(2)
})

it('the backoff doubles, jittered between half and all of it', async () => {
  const { clock, slept } = quickClock()
  const { client } = await connect([text(500, '')], { clock, backoffBaseMs: 400, timeoutMs: 9000, maxAttempts: 4 })
  await failureOf(client.listGroups())
  expect(slept).toHaveLength(3)
  slept.forEach((ms, retry) => {
    expect(ms).toBeGreaterThanOrEqual(200 * 2 ** retry)
    expect(ms).toBeLessThan(400 * 2 ** retry + 1)
  })
})

/**
 * A client for which the first `timeoutsToSkip` limits of about `limitMs` end as soon as the upstream has the request,
 * so that nothing depends on the speed of the machine. Further limits take their time.
 */
async function connectWith(
  { timeoutsToSkip }: { timeoutsToSkip: number },
  replies: Parameters<typeof connect>[0],
  options: Parameters<typeof connect>[1] = {},
): ReturnType<typeof connect> {
  let calls: readonly unknown[] = []
  let ended = 0
  let skippedMs = 0
  const sleep: Clock['sleep'] = async (ms, signal) => {
    const isLimit = ms > limitMs / 2
    if (!isLimit || ended === timeoutsToSkip) return systemClock.sleep(ms, signal)
    ended += 1
    while (calls.length < ended) await systemClock.sleep(5, signal)
    skippedMs += ms
  }
  const clock = { ...systemClock, sleep, monotonicMs: () => systemClock.monotonicMs() + skippedMs }
  const connected = await connect(replies, { timeoutMs: limitMs, deadlineMs: 60_000, clock, ...options })
  calls = connected.upstream.calls
  return connected
}

/** A clock that records backoffs instead of waiting; it does not change the limit of 9000 ms for an attempt. */
function quickClock(): { clock: Clock; slept: number[] } {
  const slept: number[] = []
  const sleep: Clock['sleep'] = async (ms, signal) => {
    if (ms === 9000) return systemClock.sleep(ms, signal)
    slept.push(ms)
  }
  return { slept, clock: { ...systemClock, sleep } }
}
