import type { Clock } from '../clock.js'
import type { RedisSession } from './redis-connection.js'
import { redisFault } from './redis-fault.js'
import { StoreUnavailableError } from './shared-store.js'
import type { SnapshotCacheEvents } from './types.js'

const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 2_000
const CHECK_EVERY_MS = 5_000
/** No request waits for the first commands of a session. */
const HANDSHAKE_MS = 1_000
const SLICES = 5
const SETTLED_AFTER_MS = 10_000

export type RunOperation = <R>(operation: string, action: (session: RedisSession) => Promise<R>) => Promise<R>

export interface RedisLinkOptions<C> {
  readonly open: () => Promise<RedisSession>
  /** Asked once a session is open. */
  readonly channel: () => string
  readonly onMessage: (message: string) => void
  /** Proves that the server can coordinate: once before the link counts as up, then every few seconds. */
  readonly check: (run: RunOperation) => Promise<C>
  /** Called after each check that passed, with the link up. */
  readonly onChecked: (result: C) => void
  readonly onChange: (up: boolean) => void
  readonly commandTimeoutMs: number
  readonly clock: Clock
  readonly random: () => number
  readonly events: Pick<SnapshotCacheEvents, 'storeChanged' | 'storeOperation'>
}

export interface RedisLink {
  up(): boolean
  /** Resolves when the first attempt to connect has ended, well or badly. */
  open(): Promise<void>
  /**
   * Runs one operation within the command timeout. Any failure takes the link down, there and then, and
   * rejects with `StoreUnavailableError`; while the link is down that is the answer at once.
   */
  readonly run: RunOperation
  /**
   * Runs one large operation within `limitMs`, on the connection for such. Its failure ends what is under way on that
   * connection and leaves the link up, for it may be the way that is slow: a small command tells.
   */
  transfer<R>(operation: string, limitMs: number, action: (session: RedisSession) => Promise<R>): Promise<R>
  close(): Promise<void>
}

/**
 * The one place that decides whether Redis can be used. While it cannot, nothing touches it but this
 * loop, which opens a new session after a jittered, growing pause.
 */
export function createRedisLink<C>(options: RedisLinkOptions<C>): RedisLink {
  const { clock, random, events } = options
  const closing = new AbortController()
  let session: RedisSession | null = null
  let state: 'unknown' | 'up' | 'down' = 'unknown'
  let supervision: Promise<void> | null = null
  let breakSession: (reason: string) => void = () => {}

  function change(to: 'up' | 'down', reason: string): void {
    if (state === to || closing.signal.aborted) return
    state = to
    events.storeChanged(to === 'up', reason)
    options.onChange(to === 'up')
  }

  async function bounded<R>(operation: string, limitMs: number, action: () => Promise<R>): Promise<R> {
    const startedAt = clock.monotonicMs()
    const timer = new AbortController()
    try {
      const result = await Promise.race([action(), tooLate(limitMs, timer.signal)])
      events.storeOperation(operation, 'ok', clock.monotonicMs() - startedAt)
      return result
    } catch (error) {
      const reason = reasonOf(error)
      events.storeOperation(operation, reason === 'timeout' ? 'timeout' : 'error', clock.monotonicMs() - startedAt)
      throw new StoreUnavailableError(reason)
    } finally {
      timer.abort()
    }
  }

  /**
   * A stall of our own event loop is not Redis's. So the time is counted in slices, of which a stall eats one; and since
   * timers fire before what has arrived is read, that gets a turn.
   */
  async function tooLate(limitMs: number, signal: AbortSignal): Promise<never> {
    for (let slice = 0; slice < SLICES; slice += 1) await clock.sleep(limitMs / SLICES, signal)
    await new Promise((resolve) => setImmediate(resolve))
    throw new StoreUnavailableError('timeout')
  }

  async function run<R>(operation: string, action: (session: RedisSession) => Promise<R>): Promise<R> {
    const used = session
    if (used === null) throw new StoreUnavailableError('down')
    try {
      return await bounded(operation, options.commandTimeoutMs, () => action(used))
    } catch (error) {
      if (used === session) breakSession(reasonOf(error))
      throw error
    }
  }

  async function transfer<R>(
    operation: string,
    limitMs: number,
    action: (session: RedisSession) => Promise<R>,
  ): Promise<R> {
    const used = session
    if (used === null) throw new StoreUnavailableError('down')
    try {
      return await bounded(operation, limitMs, () => action(used))
    } catch (error) {
      used.endTransfers()
      throw error
    }
  }

  /** Resolves with the reason why the session ended, or could not begin. */
  async function holdSession(onUp: () => void): Promise<string> {
    let opened: RedisSession | null = null
    try {
      const current = await options.open()
      opened = current
      const broken = new Promise<string>((resolve) => {
        breakSession = (reason) => {
          session = null
          change('down', reason)
          resolve(reason)
        }
        void current.lost.then(resolve)
      })
      // at once, not when this loop next looks: requests must not meet a session known to be lost
      void current.lost.then((reason) => (session === current ? breakSession(reason) : undefined))
      await bounded('subscribe', HANDSHAKE_MS, () => current.subscribe(options.channel(), options.onMessage))
      let checked = await options.check((operation, action) => bounded(operation, HANDSHAKE_MS, () => action(current)))
      session = current
      change('up', 'connected')
      onUp()
      // Closing may have begun while the session was opened, when there was nothing to break yet.
      while (!closing.signal.aborted) {
        options.onChecked(checked)
        const reason = await Promise.race([broken, pause(CHECK_EVERY_MS)])
        if (reason !== null) return reason
        checked = await options.check(run)
      }
      return 'closed'
    } catch (error) {
      return reasonOf(error)
    } finally {
      session = null
      opened?.destroy()
    }
  }

  const pause = async (ms: number): Promise<null> => {
    await clock.sleep(ms * (0.75 + 0.5 * random()), closing.signal).catch(() => {})
    return null
  }

  async function supervise(firstAttemptEnded: () => void): Promise<void> {
    let failures = 0
    while (!closing.signal.aborted) {
      const startedAt = clock.monotonicMs()
      change('down', await holdSession(firstAttemptEnded))
      firstAttemptEnded()
      failures = clock.monotonicMs() - startedAt > SETTLED_AFTER_MS ? 0 : failures + 1
      if (!closing.signal.aborted) await pause(Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1)))
    }
  }

  return {
    up: () => session !== null,
    run,
    transfer,
    open: () =>
      new Promise((resolve) => {
        supervision ??= supervise(resolve)
      }),
    async close() {
      closing.abort()
      breakSession('closed')
      await supervision
    },
  }
}

function reasonOf(error: unknown): string {
  return error instanceof StoreUnavailableError ? error.reason : redisFault(error)
}
