import {
  type Behaviour,
  behaviourSchema,
  type CallBehaviour,
  expandBehaviour,
  type FullBehaviour,
} from './behaviour.js'

export interface BehaviourScript {
  /**
   * From now on (`times` absent), or for the next `times` calls once those asked for earlier are used up.
   * Throws a `ZodError` for what is no behaviour.
   */
  set(behaviour: Behaviour | string, options?: { readonly times?: number | undefined }): void
  /** What to do with the call that just came. */
  next(): CallBehaviour
  /** Back to the behaviour of the start. */
  reset(): void
}

interface Step {
  readonly behaviour: FullBehaviour
  left: number
  calls: number
}

export function createBehaviourScript(initial: Behaviour | string): BehaviourScript {
  let lasting = toStep(initial, Number.POSITIVE_INFINITY)
  let queue: Step[] = []
  return {
    set(behaviour, { times } = {}) {
      const step = toStep(behaviour, times ?? Number.POSITIVE_INFINITY)
      if (times !== undefined) {
        queue.push(step)
        return
      }
      lasting = step
      queue = []
    },
    next() {
      const step = queue[0] ?? lasting
      step.left -= 1
      if (step.left <= 0) queue.shift()
      const call = decide(step)
      step.calls += 1
      return call
    },
    reset() {
      lasting = toStep(initial, Number.POSITIVE_INFINITY)
      queue = []
    },
  }
}

function toStep(behaviour: Behaviour | string, times: number): Step {
  return { behaviour: behaviourSchema.parse(expandBehaviour(behaviour)), left: times, calls: 0 }
}

function decide({ behaviour, calls }: Step): CallBehaviour {
  if (behaviour.kind !== 'flapping') return behaviour
  const { up, down, as, delayMs } = behaviour
  const call: CallBehaviour = calls % (up + down) < up ? { kind: 'normal' } : as
  return delayMs === undefined ? call : { delayMs, ...call }
}
