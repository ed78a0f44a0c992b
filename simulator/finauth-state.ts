import type { Clock } from '../src/clock.js'
import type { Behaviour } from './behaviour.js'
import { type BehaviourScript, createBehaviourScript } from './behaviour-script.js'
import { type CallCounts, createCallCounts } from './call-counts.js'
import { createLibraryList, type Libraries, type LibraryList } from './library-list.js'

/** A vendor account that may call. */
export interface Account {
  /** Appears in the counts instead of the key. */
  readonly name: string
  readonly apiKey: string
  readonly apiSecret: string
  /** A disabled account's correct signature is answered `API_KEY_BE_DISCONTINUED`. */
  readonly disabled?: boolean | undefined
}

export interface FinAuthStateOptions {
  readonly accounts: readonly Account[]
  readonly libraries: Libraries
  readonly behaviour: Behaviour | string
  readonly clockOffsetSeconds: number
  readonly clock: Clock
}

/** State of a simulated FinAuth that can be changed while it runs. */
export interface FinAuthState {
  /** By name. */
  readonly accounts: Map<string, Account>
  readonly counts: CallCounts
  readonly script: BehaviourScript
  readonly libraries: LibraryList
  /** FinAuth's own clock, Unix milliseconds. */
  nowMs(): number
  /** How far FinAuth's clock is ahead of this machine's; negative for behind. */
  setClockOffset(seconds: number): void
  /** Restores accounts, libraries, behaviour and clock of the start; forgets counts and signatures. */
  reset(): void
}

export function createFinAuthState(options: FinAuthStateOptions): FinAuthState {
  const accounts = new Map<string, Account>()
  const counts = createCallCounts()
  const script = createBehaviourScript(options.behaviour)
  const libraries = createLibraryList(options.libraries)
  let offsetSeconds = 0
  const state: FinAuthState = {
    accounts,
    counts,
    script,
    libraries,
    nowMs: () => options.clock.wallMs() + offsetSeconds * 1000,
    setClockOffset(seconds) {
      offsetSeconds = seconds
    },
    reset() {
      accounts.clear()
      for (const account of options.accounts) accounts.set(account.name, account)
      counts.reset()
      script.reset()
      libraries.set(options.libraries)
      offsetSeconds = options.clockOffsetSeconds
    },
  }
  state.reset()
  return state
}
