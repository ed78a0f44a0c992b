import { z } from 'zod'
import { type FailureName, failures, isFailureName, type WrongShapeName, wrongShapes } from './answers.js'

const MEBIBYTE = 1024 * 1024
const ms = z.int().min(0).max(86_400_000)
const status = z.int().min(200).max(599)
const bytes = z
  .int()
  .min(1)
  .max(16_384 * MEBIBYTE)
const headerText = z.string().regex(/^[\x20-\x7e]{1,2000}$/)
const retryAfter = z.union([z.int().min(0), headerText]).optional()

function oneOf<Name extends string>(table: Readonly<Record<Name, unknown>>) {
  return z.custom<Name>(
    (value) => typeof value === 'string' && Object.hasOwn(table, value),
    `expected one of ${Object.keys(table).join(', ')}`,
  )
}

/** On every behaviour: milliseconds before FinAuth reacts at all. */
const delayMs = ms.optional()

function kind<Kind extends string, Shape extends z.ZodRawShape>(name: Kind, shape: Shape) {
  return z.strictObject({ kind: z.literal(name), delayMs, ...shape })
}

const failing = [
  /** A row of the failure table. `retryAfter` becomes the header: seconds, or any text. */
  kind('failure', {
    name: oneOf<FailureName>(failures).default('internal_error'),
    status: status.optional(),
    tight: z.boolean().optional(),
    retryAfter,
  }),
  /** Any error string with any status. */
  kind('error', { error: z.string().default('SOMETHING_NEW'), status: status.default(403), retryAfter }),
  kind('error_with_200', { error: z.string().default('INTERNAL_ERROR') }),
  /** Never answers; the connection stays open. */
  kind('hang', { phase: z.enum(['before_headers', 'after_headers', 'mid_body']).default('before_headers') }),
  /** RST on the connection. */
  kind('reset', { phase: z.enum(['before_headers', 'mid_body']).default('before_headers') }),
  /** Half of the answer, then the end of the connection. */
  kind('cut_off', { framing: z.enum(['content_length', 'chunked']).default('content_length') }),
  /** A proxy's error page. */
  kind('html', { status: status.default(502), retryAfter }),
  kind('empty', { status: status.default(200) }),
  kind('invalid_json', {}),
  kind('invalid_utf8', {}),
  kind('wrong_shape', { shape: oneOf<WrongShapeName>(wrongShapes).default('no_group_infos') }),
  /** `location`: the target. Default: FinAuth's own list URL. */
  kind('redirect', { status: z.literal([301, 302, 303, 307, 308]).default(307), location: headerText.optional() }),
  /** A valid answer padded with spaces to this many bytes. */
  kind('oversized', { bytes: bytes.default(65 * MEBIBYTE) }),
  /** The same, compressed by a factor of about 1000. */
  kind('gzip_bomb', { bytes: bytes.default(256 * MEBIBYTE) }),
] as const

const answering = [
  kind('normal', {}),
  /** The usual answer, a few bytes at a time. */
  kind('trickle', { pieceBytes: bytes.default(1), intervalMs: ms.default(100) }),
  kind('encoded', { encoding: z.enum(['gzip', 'deflate', 'br']).default('gzip') }),
  /** Verifies and dates this call by a clock that is this far ahead of FinAuth's. */
  kind('wrong_clock', { offsetSeconds: z.int().default(600) }),
] as const

const failingSchema = z.discriminatedUnion('kind', failing)

/** What FinAuth does with a call. Only `kind` is required; every other member has a default. */
export const behaviourSchema = z.discriminatedUnion(
  'kind',
  [
    ...answering,
    ...failing,
    /** Alternates between `up` normal calls and `down` calls that fail as `as` says. */
    kind('flapping', {
      up: z.int().min(0).default(1),
      down: z.int().min(1).default(1),
      as: failingSchema.default({ kind: 'failure', name: 'internal_error' }),
    }),
  ],
  { error: () => `expected one of ${behaviourKinds.join(', ')}` },
)

/** A behaviour as input; members with a default may be omitted. */
export type Behaviour = z.input<typeof behaviourSchema>
/** A behaviour with all defaults filled in. */
export type FullBehaviour = z.output<typeof behaviourSchema>
/** The behaviour of one call; flapping is resolved. */
export type CallBehaviour = Exclude<FullBehaviour, { kind: 'flapping' }>

/** Expands the name of a behaviour (`hang`) or of a failure (`internal_error`) to its object. */
export function expandBehaviour(input: unknown): unknown {
  if (typeof input !== 'string') return input
  return isFailureName(input) ? { kind: 'failure', name: input } : { kind: input }
}

export const behaviourKinds: readonly string[] = behaviourSchema.options.map((option) => option.shape.kind.value)

interface Step {
  readonly behaviour: FullBehaviour
  readonly times: number
  calls: number
}

/** Which behaviour each call gets. */
export class BehaviourScript {
  #lasting: Step
  #queue: Step[] = []

  constructor(initial: Behaviour | string) {
    this.#lasting = toStep(initial)
  }

  /**
   * Applies from now on, or with `times` to that many calls, after those queued earlier. Throws a `ZodError` for an
   * unknown behaviour.
   */
  set(behaviour: Behaviour | string, { times }: { readonly times?: number | undefined } = {}): void {
    const step = toStep(behaviour, times)
    if (times !== undefined) this.#queue.push(step)
    else [this.#lasting, this.#queue] = [step, []]
  }

  /** Returns the behaviour for the call that just arrived. */
  next(): CallBehaviour {
    const step = this.#queue[0] ?? this.#lasting
    const call = callBehaviour(step)
    step.calls += 1
    if (step.calls >= step.times) this.#queue.shift()
    return call
  }
}

function toStep(behaviour: Behaviour | string, times = Number.POSITIVE_INFINITY): Step {
  return { behaviour: behaviourSchema.parse(expandBehaviour(behaviour)), times, calls: 0 }
}

function callBehaviour({ behaviour, calls }: Step): CallBehaviour {
  if (behaviour.kind !== 'flapping') return behaviour
  const { up, down, as, delayMs } = behaviour
  const call: CallBehaviour = calls % (up + down) < up ? { kind: 'normal' } : as
  return delayMs === undefined ? call : { delayMs, ...call }
}
