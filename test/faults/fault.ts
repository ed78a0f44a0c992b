import type { SharedRedis } from './shared-redis.js'
import type { Deployment } from './deployment.js'

/** Something that goes wrong while the service is under load, and how it ends. */
export interface Fault<R extends SharedRedis = SharedRedis> {
  readonly name: string
  readonly inject: (deployment: Deployment<R>) => unknown
  /** Resolves when the fault has shown what it does. Default: after a while (`Deployment.pace`). */
  readonly during?: (deployment: Deployment<R>) => unknown
  readonly heal: (deployment: Deployment<R>) => unknown
  /** Whether anything in the service has noticed; must become true while the fault lasts. Default: not asked. */
  readonly noticed?: (deployment: Deployment<R>) => Promise<boolean>
  /** What must be so again soon after the list is fresh. Default: not asked. */
  readonly recovered?: (deployment: Deployment<R>) => Promise<boolean>
  /** Names beyond ours that the list may show while the fault lasts. */
  readonly admits?: RegExp
}

/** What came of one fault. */
export interface Outcome {
  readonly fault: string
  readonly requests: number
  readonly wrong: readonly string[]
  readonly slowestMs: number
  readonly recoveryMs: number
  readonly peakBytes: number
  /** What the replicas hold when it is over. */
  readonly after: HeldResources
}

/** The most that any of the replicas has at rest. */
export interface HeldResources {
  readonly bytes: number
  readonly descriptors: number
}
