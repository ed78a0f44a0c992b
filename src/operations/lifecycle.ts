import type { Clock } from '../clock.js'
import { isTimeoutError, withDeadline } from '../deadline.js'
import type { RunningServer } from '../http/server.js'
import type { Log } from './log.js'

export interface LifecycleOptions {
  readonly service: {
    markNotReady(): void
    close(): Promise<void>
  }
  readonly servers: {
    /** Null before it listens. */
    readonly public: RunningServer | null
    /** Closed last, so that the platform can observe the drain; null if there is none. */
    readonly admin: RunningServer | null
  }
  /** How long to go on serving after becoming unready, until load balancers have noticed. */
  readonly delayMs: number
  /** How long requests in flight may take after that. */
  readonly graceMs: number
  readonly clock: Clock
  readonly log: Log
}

/**
 * Limit for each of the last steps within the grace period, which take at most a tenth of it: waiting requests are
 * answered `shutting_down` instead of being aborted, and the last log lines are flushed.
 */
const longestLastStepMs = 500

/** Limit for closing the cache. */
const closingMs = 500

/**
 * Shuts the instance down: marks it not ready, serves for `delayMs`, finishes within `graceMs`, then closes the cache
 * with its lease, then the log. Never rejects; connections that did not finish are closed and logged.
 */
export async function shutDown(options: LifecycleOptions): Promise<void> {
  const { service, servers, delayMs, graceMs, clock, log } = options
  const lastStepMs = Math.min(longestLastStepMs, graceMs / 10)
  service.markNotReady()
  servers.public?.announceClose()
  servers.admin?.announceClose()
  if (servers.public) await clock.sleep(delayMs)
  const isDrained = new AbortController()
  const graceEndsAtMs = clock.monotonicMs() + graceMs
  // Closes when drained, or while the last requests can still be answered; whichever is first.
  const closed = clock
    .sleep(graceMs - 2 * lastStepMs, isDrained.signal)
    .catch(() => {})
    .then(closeService)
  const inTime = (await servers.public?.drain({ graceMs: graceMs - lastStepMs, after: closed })) ?? true
  isDrained.abort()
  await closed
  await servers.admin?.drain({ graceMs: 0 })
  if (inTime) log.info('drained')
  else log.warn({ graceMs }, 'grace period over, connections closed')
  // A slow log reader gets the rest of the grace period; one that stopped reading gets no more.
  const flush = (): Promise<void> => new Promise((resolve) => log.flush(() => resolve()))
  await withDeadline(flush, graceEndsAtMs - clock.monotonicMs(), { clock }).catch(() => {})

  /** A hanging Redis must not delay the exit. */
  async function closeService(): Promise<void> {
    try {
      await withDeadline(() => service.close(), closingMs, { clock })
    } catch (error) {
      log.warn(isTimeoutError(error) ? 'cache close timed out' : 'cache close failed')
    }
  }
}
