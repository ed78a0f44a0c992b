import { setTimeout as delay } from 'node:timers/promises'

export interface Lap {
  readonly requests: number
  /** Faults, each kind once, with its number of occurrences. */
  readonly faults: readonly string[]
  readonly slowestMs: number
}

/**
 * Requests at a constant rate, however long the answers take. What this process could not send while it was stalled
 * itself is not caught up on: so many concurrent connections would stall it even longer.
 */
export interface SteadyLoad {
  /** Waits for requests in progress and returns the results since the last lap. */
  lap(): Promise<Lap>
  stop(): Promise<void>
}

export interface SteadyLoadOptions {
  readonly perSecond: number
  /** One request: resolves with the faults of its answer; rejects if there is none. */
  readonly ask: (count: number) => Promise<readonly string[]>
}

const MOST_MADE_UP_FOR_MS = 250

export function startSteadyLoad({ perSecond, ask }: SteadyLoadOptions): SteadyLoad {
  const underWay = new Set<Promise<void>>()
  const stopping = new AbortController()
  let faults = new Map<string, number>()
  let requests = 0
  let slowestMs = 0
  let sent = 0

  async function one(): Promise<void> {
    const startedAt = performance.now()
    const wrong = await ask((sent += 1)).catch((error: NodeJS.ErrnoException) => [
      `no answer: ${error.code ?? error.name}, ${error.message}`,
    ])
    slowestMs = Math.max(slowestMs, performance.now() - startedAt)
    requests += 1
    for (const fault of wrong) faults.set(fault, (faults.get(fault) ?? 0) + 1)
  }

  async function run(): Promise<void> {
    let due = performance.now()
    while (!stopping.signal.aborted) {
      const asked = one().finally(() => underWay.delete(asked))
      underWay.add(asked)
      due = Math.max(due + 1000 / perSecond, performance.now() - MOST_MADE_UP_FOR_MS)
      const earlyMs = due - performance.now()
      if (earlyMs > 0) await delay(earlyMs)
    }
  }

  const running = run()
  return {
    async lap() {
      await Promise.all(underWay)
      const lap = { requests, slowestMs, faults: [...faults].map(([fault, times]) => `${times} × ${fault}`) }
      faults = new Map()
      requests = 0
      slowestMs = 0
      return lap
    },
    async stop() {
      stopping.abort()
      await running
      await Promise.all(underWay)
    },
  }
}
