import { createHash } from 'node:crypto'
import type { Clock } from '../src/clock.js'
import { type Behaviour, BehaviourScript } from './behaviour.js'
import { type Libraries, LibraryList } from './vendor-libraries.js'
import type { RefusalReason, Verdict } from './verify-call.js'

/** A vendor account that may call. */
export interface Account {
  /** Appears in the counts instead of the key. */
  readonly name: string
  readonly apiKey: string
  readonly apiSecret: string
  /** A disabled account's correct signature is answered `API_KEY_BE_DISCONTINUED`. */
  readonly disabled?: boolean | undefined
}

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

const maxRecent = 1000

/** Counts the calls. */
class CallCounts {
  readonly #signatures = new Set<string>()
  readonly #acceptedByAccount = new Map<string, number>()
  readonly #refused = new Map<RefusalReason, number>()
  #recent: CallRecord[] = []
  #total = 0
  #running = 0
  #concurrentPeak = 0

  /** Counts a call as running; the returned function ends it and must be called once. */
  begin(): () => void {
    this.#running += 1
    this.#concurrentPeak = Math.max(this.#concurrentPeak, this.#running)
    return () => void (this.#running -= 1)
  }

  /** Records a signature by its hash only. Returns whether it arrived before. */
  recordSign(sign: string): boolean {
    const hash = createHash('sha256').update(sign).digest('base64')
    const seenBefore = this.#signatures.has(hash)
    this.#signatures.add(hash)
    return seenBefore
  }

  record(verdict: Verdict, behaviour: string, atMs: number): CallRecord {
    this.#total += 1
    if (verdict.accepted) increment(this.#acceptedByAccount, verdict.account)
    else increment(this.#refused, verdict.reason)
    const outcome = verdict.accepted ? 'accepted' : verdict.reason
    const record: CallRecord = { at: new Date(atMs).toISOString(), outcome, behaviour }
    this.#recent.push(record)
    if (this.#recent.length > maxRecent) this.#recent.shift()
    return record
  }

  report(): CallReport {
    return {
      total: this.#total,
      accepted: [...this.#acceptedByAccount.values()].reduce((sum, count) => sum + count, 0),
      acceptedByAccount: Object.fromEntries(this.#acceptedByAccount),
      refused: Object.fromEntries(this.#refused),
      distinctSignatures: this.#signatures.size,
      concurrentPeak: this.#concurrentPeak,
      recent: [...this.#recent],
    }
  }

  /** Forgets everything, including signatures. */
  reset(): void {
    for (const collection of [this.#signatures, this.#acceptedByAccount, this.#refused]) collection.clear()
    this.#recent = []
    this.#total = 0
    this.#concurrentPeak = this.#running
  }
}

function increment<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

export interface FinAuthStateOptions {
  readonly accounts: readonly Account[]
  readonly libraries: Libraries
  readonly behaviour: Behaviour | string
  readonly clockOffsetSeconds: number
  readonly clock: Clock
}

/** State of a simulated FinAuth that can be changed while it runs. */
export class FinAuthState {
  /** By name. */
  readonly accounts = new Map<string, Account>()
  readonly counts = new CallCounts()
  readonly script: BehaviourScript
  readonly libraries = new LibraryList()
  readonly #initial: FinAuthStateOptions
  #offsetSeconds = 0

  constructor(initial: FinAuthStateOptions) {
    this.#initial = initial
    this.script = new BehaviourScript(initial.behaviour)
    this.reset()
  }

  /** FinAuth's own clock, Unix milliseconds. */
  nowMs(): number {
    return this.#initial.clock.wallMs() + this.#offsetSeconds * 1000
  }

  /** How far FinAuth's clock is ahead of this machine's; negative for behind. */
  setClockOffset(seconds: number): void {
    this.#offsetSeconds = seconds
  }

  /** Restores accounts, libraries, behaviour and clock of the start; forgets counts and signatures. */
  reset(): void {
    const { accounts, behaviour, libraries, clockOffsetSeconds } = this.#initial
    this.accounts.clear()
    for (const account of accounts) this.accounts.set(account.name, account)
    this.counts.reset()
    this.script.set(behaviour)
    this.libraries.set(libraries)
    this.#offsetSeconds = clockOffsetSeconds
  }
}
