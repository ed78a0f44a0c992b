import type { RedisSession } from '../../src/snapshot-cache/redis-connection.js'
import { createRedisLink, type RunOperation } from '../../src/snapshot-cache/redis-link.js'
import { StoreUnavailableError } from '../../src/snapshot-cache/shared-store.js'
import { createFakeClock, settle } from '../support/fake-clock.js'
import { recordEvents } from './fixtures.js'

/** A session that the test can lose; it answers every call with the command's name. */
function fakeSession() {
  let lose: (reason: string) => void = () => {}
  let hear: (message: string) => void = () => {}
  const lost = new Promise<string>((resolve) => {
    lose = resolve
  })
  const session = {
    destroyed: false,
    channel: '',
    lost,
    lose: (reason: string) => lose(reason),
    hear: (message: string) => hear(message),
    call: async (command: string): Promise<unknown> => command,
    transfer: async (command: string): Promise<unknown> => command,
    transfersEnded: 0,
    endTransfers() {
      session.transfersEnded += 1
    },
    async subscribe(channel: string, onMessage: (message: string) => void) {
      session.channel = channel
      hear = onMessage
    },
    destroy() {
      session.destroyed = true
    },
  } satisfies RedisSession & Record<string, unknown>
  return session
}

function world({ random = (): number => 0.5 } = {}) {
  const clock = createFakeClock()
  const events = recordEvents()
  const sessions: ReturnType<typeof fakeSession>[] = []
  const opening = {
    openedAt: [] as number[],
    fault: null as string | null,
    subscribe: null as (() => Promise<never>) | null,
  }
  const heard: unknown[] = []
  const check = async (run: RunOperation): Promise<void> => {
    heard.push(await run('check', (session) => session.call('CHECK', [])))
  }
  const link = createRedisLink({
    async open() {
      opening.openedAt.push(clock.monotonicMs())
      if (opening.fault !== null) throw new StoreUnavailableError(opening.fault)
      const session = fakeSession()
      if (opening.subscribe !== null) session.subscribe = opening.subscribe
      sessions.push(session)
      return session
    },
    async prepare(run) {
      await run('subscribe', (session) => session.subscribe('events', (message) => heard.push(message)))
      await check(run)
    },
    check: () => check(link.run),
    onChange: (up) => heard.push(up),
    commandTimeoutMs: 250,
    clock,
    random,
    events,
  })
  const ping = () => link.run('ping', (session) => session.call('PING', []))
  return { clock, events, sessions, opening, heard, link, ping }
}

const hang = () => new Promise<never>(() => {})
const refuse = (word: string) => () => Promise.reject(new Error(`${word} by the server`))
const unavailable = (reason: string) => ({ name: 'StoreUnavailableError', reason })

describe('a link', () => {
  it('reports how long an operation took', async () => {
    const { clock, events, sessions, link, ping } = world()
    await link.open()
    sessions[0]!.call = async () => {
      await clock.sleep(40)
      return 'PONG'
    }
    await clock.advance(1_000)
    const answer = ping()
    await clock.advance(40)
    expect(await answer).toBe('PONG')
    expect(events.operations.at(-1)).toEqual({ operation: 'ping', outcome: 'ok', durationMs: 40 })
    await link.close()
  })

  it('cannot be used before it is open', async () => {
    const { link, ping } = world()
    expect(link.up()).toBe(false)
    await expect(ping()).rejects.toMatchObject(unavailable('down'))
  })

  it('is up once the server has passed the check, and reports that once', async () => {
    const { events, sessions, heard, link, ping } = world()
    await link.open()
    expect([link.up(), sessions[0]!.channel]).toEqual([true, 'events'])
    expect(events.storeStates).toEqual([{ up: true, reason: 'connected' }])
    expect(heard).toEqual(['CHECK', true])
    expect(await ping()).toBe('PING')
    expect(events.operations.map(({ operation, outcome }) => `${operation} ${outcome}`)).toEqual([
      'subscribe ok',
      'check ok',
      'ping ok',
    ])
    sessions[0]!.hear('a message')
    expect(heard.at(-1)).toBe('a message')
    await link.close()
  })

  it('repeats the check every five seconds, plus or minus a quarter', async () => {
    for (const [random, ms] of [
      [0, 3_750],
      [0.5, 5_000],
      [1, 6_250],
    ] as const) {
      const { clock, heard, link } = world({ random: () => random })
      await link.open()
      await clock.advance(ms - 1)
      expect(heard).toEqual(['CHECK', true])
      await clock.advance(1)
      expect(heard).toEqual(['CHECK', true, 'CHECK'])
      await link.close()
    }
  })

  it('opens one session however often it is opened', async () => {
    const { sessions, link } = world()
    void link.open()
    await settle()
    void link.open()
    await settle()
    expect(sessions).toHaveLength(1)
    await link.close()
  })

  it('is down as soon as its session is lost, with the reason, and reconnects by itself', async () => {
    const { clock, events, sessions, heard, link, ping } = world()
    await link.open()
    sessions[0]!.lose('econnreset')
    await settle()
    expect([link.up(), sessions[0]!.destroyed]).toEqual([false, true])
    await expect(ping()).rejects.toMatchObject(unavailable('down'))
    await clock.advance(100)
    expect([link.up(), sessions.length]).toEqual([true, 2])
    expect(events.storeStates).toEqual([
      { up: true, reason: 'connected' },
      { up: false, reason: 'econnreset' },
      { up: true, reason: 'connected' },
    ])
    expect(heard).toEqual(['CHECK', true, false, 'CHECK', true])
    await link.close()
  })

  it('is down from the first failed command on, with a reason', async () => {
    const { events, sessions, link, ping } = world()
    await link.open()
    sessions[0]!.call = refuse('READONLY')
    await expect(ping()).rejects.toMatchObject(unavailable('readonly'))
    expect(link.up()).toBe(false)
    expect(events.operations.at(-1)).toEqual({ operation: 'ping', outcome: 'error', durationMs: 0 })
    await settle()
    expect(events.storeStates.at(-1)).toEqual({ up: false, reason: 'readonly' })
    await link.close()
  })

  it('waits for a command until its timeout and no longer', async () => {
    const { clock, events, sessions, link, ping } = world()
    await link.open()
    sessions[0]!.call = hang
    const answer = expect(ping()).rejects.toMatchObject(unavailable('timeout'))
    await clock.advance(249)
    expect(link.up()).toBe(true)
    await clock.advance(1)
    await answer
    expect(link.up()).toBe(false)
    expect(events.operations.at(-1)).toEqual({ operation: 'ping', outcome: 'timeout', durationMs: 250 })
    await link.close()
  })

  it('does not lose its next session to a command of the previous one', async () => {
    const { clock, sessions, link, ping } = world()
    await link.open()
    sessions[0]!.call = hang
    const answer = expect(ping()).rejects.toMatchObject(unavailable('timeout'))
    sessions[0]!.lose('econnreset')
    await clock.advance(150)
    expect(link.up()).toBe(true)
    await clock.advance(100)
    await answer
    expect(link.up()).toBe(true)
    await link.close()
  })

  it('is down when the check fails', async () => {
    const { clock, events, sessions, link } = world()
    await link.open()
    sessions[0]!.call = refuse('OOM')
    await clock.advance(5_000)
    expect(events.storeStates.at(-1)).toEqual({ up: false, reason: 'oom' })
    await link.close()
  })
})

describe('a large operation', () => {
  it('has a separate time limit, and leaves the link up when that is over', async () => {
    const { clock, events, sessions, link, ping } = world()
    await link.open()
    sessions[0]!.transfer = hang
    const transfer = link.transfer('read', 3_000, (session) => session.transfer('EVAL', []))
    const answer = expect(transfer).rejects.toMatchObject(unavailable('timeout'))
    await clock.advance(2_999)
    expect(sessions[0]!.transfersEnded).toBe(0)
    await clock.advance(1)
    await answer
    expect([link.up(), sessions[0]!.transfersEnded, await ping()]).toEqual([true, 1, 'PING'])
    expect(events.operations).toContainEqual({ operation: 'read', outcome: 'timeout', durationMs: 3_000 })
    await link.close()
  })

  it('is rejected while the link is down', async () => {
    const { link } = world()
    await expect(link.transfer('read', 3_000, async () => 1)).rejects.toMatchObject(unavailable('down'))
  })
})

describe('an unavailable server', () => {
  it('is reported once, and has been tried once when opening ends', async () => {
    const { clock, events, opening, heard, link } = world()
    opening.fault = 'econnrefused'
    await link.open()
    expect([link.up(), opening.openedAt]).toEqual([false, [0]])
    await clock.advance(10_000)
    expect(events.storeStates).toEqual([{ up: false, reason: 'econnrefused' }])
    expect(heard).toEqual([false])
    await link.close()
  })

  it('is retried after pauses that double from 100 ms to two seconds', async () => {
    const { clock, opening, link } = world()
    opening.fault = 'econnrefused'
    await link.open()
    await clock.advance(9_000)
    const pauses = opening.openedAt.slice(1).map((at, index) => at - opening.openedAt[index]!)
    expect(pauses).toEqual([100, 200, 400, 800, 1_600, 2_000, 2_000])
    await link.close()
  })

  it('has a second for its first commands, which no request waits for', async () => {
    const { clock, events, opening, sessions, link } = world()
    opening.subscribe = hang
    let isOpen = false
    const opened = async () => {
      await link.open()
      isOpen = true
    }
    void opened()
    await clock.advance(999)
    expect([isOpen, link.up(), sessions[0]!.destroyed]).toEqual([false, false, false])
    await clock.advance(1)
    expect([isOpen, link.up(), sessions[0]!.destroyed]).toEqual([true, false, true])
    expect(events.storeStates).toEqual([{ up: false, reason: 'timeout' }])
    expect(events.operations).toEqual([{ operation: 'subscribe', outcome: 'timeout', durationMs: 1_000 }])
    await link.close()
  })

  it('is retried soon if a session lasted, and after growing pauses otherwise', async () => {
    const { clock, opening, sessions, link } = world()
    await link.open()
    for (let n = 0; n < 3; n += 1) {
      sessions.at(-1)!.lose('econnreset')
      await clock.advance(1_000)
    }
    const pauses = opening.openedAt.slice(1).map((at, index) => at - index * 1_000)
    expect(pauses).toEqual([100, 200, 400])
    await clock.advance(10_001)
    const lostAt = clock.monotonicMs()
    sessions.at(-1)!.lose('econnreset')
    await clock.advance(1_000)
    expect(opening.openedAt.at(-1)! - lostAt).toBeLessThanOrEqual(100)
    await link.close()
  })
})

describe('closing', () => {
  it('ends the session, and reports no change', async () => {
    const { clock, events, sessions, opening, link } = world()
    await link.open()
    await link.close()
    expect([link.up(), sessions[0]!.destroyed]).toEqual([false, true])
    await clock.advance(60_000)
    expect(opening.openedAt).toEqual([0])
    expect(events.storeStates).toEqual([{ up: true, reason: 'connected' }])
  })

  it('does not wait for the next attempt', async () => {
    const { opening, link } = world()
    opening.fault = 'econnrefused'
    await link.open()
    await link.close()
    expect(opening.openedAt).toEqual([0])
  })

  it('ends immediately if nothing was opened', async () => {
    const { link, opening } = world()
    await link.close()
    expect(opening.openedAt).toEqual([])
  })
})
