import type { Clock } from '../clock.js'
import { isTimeoutError, withDeadline } from '../deadline.js'
import type { RunningServer } from '../http/server.js'
import type { Log } from './log.js'

export interface LifecycleOptions {
  readonly service: {
    retire(): void
    close(): Promise<void>
  }
  readonly servers: {
    /** Null while it does not listen yet. */
    readonly public: RunningServer | null
    /** Stays up to the last, so that the platform sees the drain; null where there is none. */
    readonly admin: RunningServer | null
  }
  /** How long to go on serving after becoming unready, until load balancers have noticed. */
  readonly delayMs: number
  /** How long what is in flight may take after that. */
  readonly graceMs: number
  readonly clock: Clock
  readonly log: Log
}

/**
 * How long the last steps within the grace may take, each at most a tenth of it: requests still waiting are
 * answered `shutting_down` rather than cut off, and the last log lines are flushed.
 */
const longestLastStepMs = 500

/** How long the cache may take to close. */
const closingMs = 500

/**
 * Takes the instance out of service: unready immediately, serving for `delayMs`, finishing within `graceMs`,
 * then the cache and its lease, then the log. Never rejects; what could not be finished is cut and logged.
 */
export async function shutDown(options: LifecycleOptions): Promise<void> {
  const { service, servers, delayMs, graceMs, clock, log } = options
  let closing: Promise<void> | null = null
  const lastStepMs = Math.min(longestLastStepMs, graceMs / 10)
  service.retire()
  servers.public?.announceClose()
  servers.admin?.announceClose()
  if (servers.public) await clock.sleep(delayMs)
  const isDrained = new AbortController()
  const graceEndsAtMs = clock.monotonicMs() + graceMs
  const lastCall = closeAfter(graceMs - 2 * lastStepMs, isDrained.signal)
  const inTime = (await servers.public?.drain({ graceMs: graceMs - lastStepMs })) ?? true
  isDrained.abort()
  await lastCall
  await closeService()
  await servers.admin?.drain({ graceMs: 0 })
  if (inTime) log.info('drained')
  else log.warn({ graceMs }, 'cut what was still in flight when the grace was over')
  // A reader that is only slow gets what is left of the grace; one that stopped reading gets no more.
  const flush = (): Promise<void> => new Promise((resolve) => log.flush(() => resolve()))
  await withDeadline(flush, graceEndsAtMs - clock.monotonicMs(), { clock }).catch(() => {})

  async function closeAfter(ms: number, signal: AbortSignal): Promise<void> {
    try {
      await clock.sleep(ms, signal)
    } catch {
      return
    }
    await closeService()
  }

  function closeService(): Promise<void> {
    closing ??= closeInTime()
    return closing
  }

  /** A Redis that hangs must not hold the exit up. */
  async function closeInTime(): Promise<void> {
    try {
      await withDeadline(() => service.close(), closingMs, { clock })
    } catch (error) {
      log.warn(isTimeoutError(error) ? 'the cache did not close in time' : 'the cache could not be closed cleanly')
    }
  }
}
