import { setImmediate as nextIteration } from 'node:timers/promises'
import type { Clock } from '../clock.js'
import { withDeadline } from '../deadline.js'
import { type RedisSession, redisFault } from './redis-connection.js'
import { StoreUnavailableError } from './shared-store.js'
import type { SnapshotCacheEvents } from './types.js'

const MIN_RETRY_MS = 100
const MAX_RETRY_MS = 2_000
/** A session that lasted longer is followed by a new one after the shortest pause. */
const STABLE_AFTER_MS = 10_000
const CHECK_EVERY_MS = 5_000
/** For each of a session's first commands, which no request waits for. */
const HANDSHAKE_MS = 1_000
const SLICES = 5

export type RunOperation = <R>(operation: string, action: (session: RedisSession) => Promise<R>) => Promise<R>

export interface RedisLinkOptions {
  readonly open: () => Promise<RedisSession>
  /** The first commands of a session. The link is up once they have passed. */
  readonly prepare: (run: RunOperation) => Promise<void>
  /** Shows every few seconds that the server can coordinate. */
  readonly check: () => Promise<void>
  readonly onChange: (up: boolean) => void
  readonly commandTimeoutMs: number
  readonly clock: Clock
  readonly random: () => number
  readonly events: Pick<SnapshotCacheEvents, 'storeChanged' | 'storeOperation'>
}

/**
 * The one place that decides whether Redis is available. While it is not, only this loop uses it: it opens a new
 * session after a growing pause with jitter.
 */
export function createRedisLink(options: RedisLinkOptions) {
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

  /**
   * A stall of our own event loop is not Redis's fault. So the time is counted in slices, of which a stall takes only
   * one; and timers fire before replies are read, so reading comes first.
   */
  const stallTolerantClock: Pick<Clock, 'sleep'> = {
    async sleep(ms, signal) {
      for (let slice = 0; slice < SLICES; slice += 1) await clock.sleep(ms / SLICES, signal)
      await nextIteration()
    },
  }

  async function bounded<R>(
    operation: string,
    limitMs: number,
    action: () => Promise<R>,
    onFailure: (reason: string) => void = () => {},
  ): Promise<R> {
    const startedAt = clock.monotonicMs()
    try {
      const result = await withDeadline(action, limitMs, { clock: stallTolerantClock })
      events.storeOperation(operation, 'ok', clock.monotonicMs() - startedAt)
      return result
    } catch (error) {
      const reason = redisFault(error)
      events.storeOperation(operation, reason === 'timeout' ? 'timeout' : 'error', clock.monotonicMs() - startedAt)
      onFailure(reason)
      throw new StoreUnavailableError(reason)
    }
  }

  function current(): RedisSession {
    if (session === null) throw new StoreUnavailableError('down')
    return session
  }

  /**
   * Runs one operation within the command timeout. Any failure takes the link down immediately and rejects with
   * `StoreUnavailableError`, as does every operation while the link is down.
   */
  const run: RunOperation = async (operation, action) => {
    const used = current()
    const onFailure = (reason: string): void => {
      if (used === session) breakSession(reason)
    }
    return bounded(operation, options.commandTimeoutMs, () => action(used), onFailure)
  }

  /** Resolves with the reason why the session ended, or could not begin. */
  async function runSession(onUp: () => void): Promise<string> {
    let opened: RedisSession | null = null
    const ended = new AbortController()
    try {
      const begun = await options.open()
      opened = begun
      breakSession = (reason) => {
        session = null
        change('down', reason)
        ended.abort(reason)
      }
      // Immediately, not in the next round of this loop: no request may use a session known to be lost.
      void begun.lost.then((reason) => (session === begun ? breakSession(reason) : ended.abort(reason)))
      await options.prepare((operation, action) => bounded(operation, HANDSHAKE_MS, () => action(begun)))
      session = begun
      change('up', 'connected')
      onUp()
      // Closing may have begun while the session was opened, when there was nothing to break yet.
      while (!closing.signal.aborted) {
        await clock.sleep(jittered(CHECK_EVERY_MS), ended.signal).catch(() => {})
        if (ended.signal.aborted) return String(ended.signal.reason)
        await options.check()
      }
      return 'closed'
    } catch (error) {
      return redisFault(error)
    } finally {
      session = null
      opened?.destroy()
    }
  }

  const jittered = (ms: number): number => ms * (0.75 + 0.5 * random())

  async function supervise(firstAttemptEnded: () => void): Promise<void> {
    let failures = 0
    while (!closing.signal.aborted) {
      const startedAt = clock.monotonicMs()
      change('down', await runSession(firstAttemptEnded))
      firstAttemptEnded()
      failures = clock.monotonicMs() - startedAt > STABLE_AFTER_MS ? 0 : failures + 1
      const pauseMs = jittered(Math.min(MAX_RETRY_MS, MIN_RETRY_MS * 2 ** (failures - 1)))
      await clock.sleep(pauseMs, closing.signal).catch(() => {})
    }
  }

  return {
    up: (): boolean => session !== null,
    run,
    /**
     * Runs one large operation within `limitMs`, on the third connection. Its failure ends what is under way on that
     * connection and leaves the link up, because only the network may be slow.
     */
    async transfer<R>(operation: string, limitMs: number, action: (session: RedisSession) => Promise<R>): Promise<R> {
      const used = current()
      const onFailure = (): void => used.endTransfers()
      return bounded(operation, limitMs, () => action(used), onFailure)
    },
    /** Resolves when the first attempt to connect has ended, successful or not. */
    open: (): Promise<void> =>
      new Promise((resolve) => {
        supervision ??= supervise(resolve)
      }),
    async close(): Promise<void> {
      closing.abort()
      breakSession('closed')
      await supervision
    },
  }
}
