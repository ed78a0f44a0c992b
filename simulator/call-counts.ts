import { createHash } from 'node:crypto'
import type { RefusalReason, Verdict } from './verify-call.js'

/** One call, without secrets. */
export interface CallRecord {
  /** When the call was complete, RFC 3339 by this machine's clock. */
  readonly at: string
  readonly outcome: 'accepted' | RefusalReason
  /** The simulator's behaviour for this call. */
  readonly behaviour: string
}

export interface CallReport {
  /** Complete calls of the list's URL with its method. */
  readonly total: number
  /** Calls whose form and signature were valid, whatever the answer was. */
  readonly accepted: number
  readonly acceptedByAccount: Readonly<Record<string, number>>
  readonly refused: Readonly<Partial<Record<RefusalReason, number>>>
  readonly distinctSignatures: number
  /** The largest number of concurrent calls. */
  readonly concurrentPeak: number
  /** The latest calls, oldest first, at most 1000. */
  readonly recent: readonly CallRecord[]
}

export interface CallCounts {
  /** Counts a call as running; the returned function ends it and must be called once. */
  begin(): () => void
  /** Records a signature by its hash only. Returns whether it arrived before. */
  recordSign(sign: string): boolean
  record(verdict: Verdict, behaviour: string, atMs: number): CallRecord
  report(): CallReport
  /** Forgets everything, including signatures. */
  reset(): void
}

const maxRecent = 1000

export function createCallCounts(): CallCounts {
  const signatures = new Set<string>()
  const acceptedByAccount = new Map<string, number>()
  const refused = new Map<RefusalReason, number>()
  const recent: CallRecord[] = []
  let total = 0
  let running = 0
  let concurrentPeak = 0
  return {
    begin() {
      running += 1
      concurrentPeak = Math.max(concurrentPeak, running)
      return () => void (running -= 1)
    },
    recordSign(sign) {
      const hash = createHash('sha256').update(sign).digest('base64')
      const seenBefore = signatures.has(hash)
      signatures.add(hash)
      return seenBefore
    },
    record(verdict, behaviour, atMs) {
      total += 1
      if (verdict.accepted) increment(acceptedByAccount, verdict.account)
      else increment(refused, verdict.reason)
      const outcome = verdict.accepted ? 'accepted' : verdict.reason
      const record: CallRecord = { at: new Date(atMs).toISOString(), outcome, behaviour }
      recent.push(record)
      if (recent.length > maxRecent) recent.shift()
      return record
    },
    report: () => ({
      total,
      accepted: [...acceptedByAccount.values()].reduce((sum, count) => sum + count, 0),
      acceptedByAccount: Object.fromEntries(acceptedByAccount),
      refused: Object.fromEntries(refused),
      distinctSignatures: signatures.size,
      concurrentPeak,
      recent: [...recent],
    }),
    reset() {
      for (const collection of [signatures, acceptedByAccount, refused]) collection.clear()
      recent.length = 0
      total = 0
      concurrentPeak = running
    },
  }
}

function increment<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
