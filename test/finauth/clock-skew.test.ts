import { systemClock } from '../../src/clock.js'
import { createClockSkew } from '../../src/finauth/sign.js'
import { json, type Reply, type ScriptedUpstream } from '../support/upstream.js'
import { closeAll, connect, example, failureOf, rawOf } from './finauth-fixtures.js'

afterEach(closeAll)

const TOLERANCE_SECONDS = 30

describe('an expired signature', () => {
  it.each([
    ['ahead', 600],
    ['behind', -600],
  ])('is replaced by one with the clock of a vendor ten minutes %s', async (_, offsetSeconds) => {
    const { client, upstream, events } = await connect([vendorWithClock(() => offsetSeconds)])
    expect((await client.listGroups()).faceGroups).toHaveLength(3)
    expect(signedAt(upstream)).toHaveLength(2)
    const measured = events.heard.find(([name]) => name === 'clockSkewMeasured')
    expect(Math.abs(Number(measured?.[1]) - offsetSeconds)).toBeLessThan(60)
  })

  it('does not occur again in the next call', async () => {
    const { client, upstream } = await connect([vendorWithClock(() => 600)])
    await client.listGroups()
    await client.listGroups()
    expect(upstream.calls).toHaveLength(3)
  })

  it('is fixed by the next call if only one attempt is allowed', async () => {
    const { client, upstream } = await connect([vendorWithClock(() => -600)], { maxAttempts: 1 })
    expect(await failureOf(client.listGroups())).toMatchObject({ code: 'upstream_rejected', retryable: true })
    await client.listGroups()
    expect(upstream.calls).toHaveLength(2)
  })

  it('is retried only once', async () => {
    const { client, upstream } = await connect([json(403, { error: 'AUTHORIZATION_ERROR: EXPIRED_SIGN' })], {
      maxAttempts: 5,
    })
    expect(await failureOf(client.listGroups())).toMatchObject({
      code: 'upstream_rejected',
      vendorCode: 'EXPIRED_SIGN',
    })
    expect(upstream.calls).toHaveLength(2)
  })
})

describe('a learned skew', () => {
  it('follows a correction of our own clock at the next answer', async () => {
    let ourErrorSeconds = 600
    const clock = { ...systemClock, wallMs: () => Date.now() + ourErrorSeconds * 1000 }
    const { client, upstream } = await connect([vendorWithClock(() => 0)], { clock })
    await client.listGroups()
    ourErrorSeconds = 0
    await client.listGroups()
    await client.listGroups()
    expect(upstream.calls).toHaveLength(5)
    expect(secondsOff(signedAt(upstream)[4])).toBeLessThan(60)
  })

  it('is not applied after a successful answer', async () => {
    const date = new Date(Date.now() + 600_000).toUTCString()
    const liar = json(200, { request_id: 'r', group_infos: [] }, { date })
    const { client, upstream } = await connect([liar])
    await client.listGroups()
    await client.listGroups()
    expect(secondsOff(signedAt(upstream)[1])).toBeLessThan(60)
  })
})

it('a skew is not applied after an unrelated failure', async () => {
  const date = new Date(Date.now() + 600_000).toUTCString()
  const { client, upstream } = await connect([json(500, {}, { date }), example])
  await client.listGroups()
  expect(secondsOff(signedAt(upstream)[1])).toBeLessThan(60)
})

describe('createClockSkew', () => {
  const wallMs = () => Date.parse('2026-01-27T06:19:10Z')

  it('assumes that Date was written in the middle of the call', () => {
    const skew = createClockSkew({ wallMs })
    expect(skew.measure('Tue, 27 Jan 2026 06:19:07 GMT', 4000)).toBe(-0.5)
  })

  it.each([['Tue, 27 Jan 2026 06:20:10 GMT'], ['Tuesday, 27-Jan-26 06:20:10 GMT'], ['Tue Jan 27 06:20:10 2026']])(
    'parses the HTTP-date %s',
    (date) => {
      expect(createClockSkew({ wallMs }).measure(date, 0)).toBe(60.5)
    },
  )

  it.each([[undefined], [''], ['2026-01-27T06:19:10Z'], ['Tue, 99 Jan 2026 06:20:10 GMT'], ['now']])(
    'measures nothing from %p',
    (date) => {
      const skew = createClockSkew({ wallMs })
      expect(skew.measure(date, 0)).toBeNull()
      skew.apply()
      expect(skew.nowSeconds()).toBe(wallMs() / 1000)
    },
  )
})

/** Accepts only signatures made with its own clock, which is `offsetSeconds()` ahead of the real time. */
function vendorWithClock(offsetSeconds: () => number): Reply {
  return (response, call) => {
    const nowMs = Date.now() + offsetSeconds() * 1000
    const { b, c } = rawOf(call.fields[0]?.[1] ?? '')
    const isValid = Number(c) <= nowMs / 1000 + TOLERANCE_SECONDS && Number(b) >= nowMs / 1000 - TOLERANCE_SECONDS
    response.setHeader('date', new Date(nowMs).toUTCString())
    const reply = isValid ? example : json(403, { error: 'AUTHORIZATION_ERROR: EXPIRED_SIGN' })
    reply(response, call)
  }
}

function signedAt(upstream: ScriptedUpstream): number[] {
  return upstream.calls.map(({ fields }) => Number(rawOf(fields[0]?.[1] ?? '').c))
}

function secondsOff(unixSeconds = Number.NaN): number {
  return Math.abs(unixSeconds - Date.now() / 1000)
}
