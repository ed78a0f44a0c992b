import type { Clock } from '../../src/clock.js'

export interface Call {
  readonly number: number
  readonly replica: number
  readonly startedAt: number
  endedAt: number | null
  outcome: 'open' | 'answered' | 'failed' | 'lost'
}

/** Every call that reached the vendor, by replica and time. */
export function createCallLog({ clock }: { clock: Pick<Clock, 'monotonicMs'> }) {
  const calls: Call[] = []
  return {
    calls,
    begin(replica: number): Call {
      const call: Call = {
        number: calls.length,
        replica,
        startedAt: clock.monotonicMs(),
        endedAt: null,
        outcome: 'open',
      }
      calls.push(call)
      return call
    },
    end(call: Call, outcome: 'answered' | 'failed' | 'lost'): void {
      call.endedAt ??= clock.monotonicMs()
      call.outcome = outcome
    },
  }
}
