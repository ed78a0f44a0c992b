import { createHash } from 'node:crypto'
import type { RefusalReason, Verdict } from './refusals.js'

/** One call, without anything secret. */
export interface CallRecord {
  /** When it had come in, RFC 3339 by this machine's clock, whatever FinAuth's own clock says. */
  readonly at: string
  readonly outcome: 'accepted' | RefusalReason
  /** What FinAuth was told to do with it. */
  readonly behaviour: string
}

export interface CallReport {
  /** Calls that reached the list's URL with its method and came in whole. */
  readonly total: number
  /** Calls whose form and signature were right, whatever they were then answered. */
  readonly accepted: number
  readonly acceptedByAccount: Readonly<Record<string, number>>
  readonly refused: Readonly<Partial<Record<RefusalReason, number>>>
  readonly distinctSignatures: number
  /** The most calls that were under way at one moment. */
  readonly concurrentPeak: number
  /** The latest calls, oldest first, at most 1000. */
  readonly recent: readonly CallRecord[]
}

export interface CallCounts {
  /** Counts a call in; the function that comes back counts it out and may be called more than once. */
  begin(): () => void
  /** Remembers a signature by its hash alone. Returns whether it came before. */
  notice(sign: string): boolean
  record(verdict: Verdict, behaviour: string, atMs: number): CallRecord
  report(): CallReport
  /** Forgets everything, signatures seen included. */
  reset(): void
}

const RECENT_CALLS = 1000

export function createCallCounts(): CallCounts {
  const signatures = new Set<string>()
  const acceptedByAccount = new Map<string, number>()
  const refused = new Map<RefusalReason, number>()
  const recent: CallRecord[] = []
  const totals = { all: 0, accepted: 0, underWay: 0, peak: 0 }

  return {
    begin() {
      totals.underWay += 1
      totals.peak = Math.max(totals.peak, totals.underWay)
      let counted = true
      return () => {
        if (counted) totals.underWay -= 1
        counted = false
      }
    },
    notice(sign) {
      const hash = createHash('sha256').update(sign).digest('base64')
      const seenBefore = signatures.has(hash)
      signatures.add(hash)
      return seenBefore
    },
    record(verdict, behaviour, atMs) {
      totals.all += 1
      if (verdict.accepted) {
        totals.accepted += 1
        add(acceptedByAccount, verdict.account)
      } else {
        add(refused, verdict.reason)
      }
      const outcome = verdict.accepted ? 'accepted' : verdict.reason
      const record: CallRecord = { at: new Date(atMs).toISOString(), outcome, behaviour }
      recent.push(record)
      if (recent.length > RECENT_CALLS) recent.shift()
      return record
    },
    report: () => ({
      total: totals.all,
      accepted: totals.accepted,
      acceptedByAccount: Object.fromEntries(acceptedByAccount),
      refused: Object.fromEntries(refused),
      distinctSignatures: signatures.size,
      concurrentPeak: totals.peak,
      recent: [...recent],
    }),
    reset() {
      signatures.clear()
      acceptedByAccount.clear()
      refused.clear()
      recent.length = 0
      totals.all = 0
      totals.accepted = 0
      totals.peak = totals.underWay
    },
  }
}

function add<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
