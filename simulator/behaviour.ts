import { z } from 'zod'
import { type FailureName, failures, isFailureName } from './failures.js'
import { type WrongShapeName, wrongShapes } from './wrong-bodies.js'

const MEBIBYTE = 1024 * 1024
const ms = z.int().min(0).max(86_400_000)
const status = z.int().min(200).max(599)
const bytes = z
  .int()
  .min(1)
  .max(16_384 * MEBIBYTE)
const headerText = z.string().regex(/^[\x20-\x7e]{1,2000}$/)
const retryAfter = z.union([z.int().min(0), headerText])

function oneOf<Name extends string>(table: Readonly<Record<Name, unknown>>) {
  return z.custom<Name>(
    (value) => typeof value === 'string' && Object.hasOwn(table, value),
    `expected one of ${Object.keys(table).join(', ')}`,
  )
}

/** On every behaviour: milliseconds before FinAuth reacts at all. */
const delay = { delayMs: ms.optional() }

const failing = [
  /** A row of the failure table. `retryAfter` becomes the header: seconds, or any text. */
  z.strictObject({
    kind: z.literal('failure'),
    name: oneOf<FailureName>(failures).default('internal_error'),
    status: status.optional(),
    tight: z.boolean().optional(),
    retryAfter: retryAfter.optional(),
    ...delay,
  }),
  /** Any error string with any status. */
  z.strictObject({
    kind: z.literal('error'),
    error: z.string().default('SOMETHING_NEW'),
    status: status.default(403),
    retryAfter: retryAfter.optional(),
    ...delay,
  }),
  z.strictObject({ kind: z.literal('error_with_200'), error: z.string().default('INTERNAL_ERROR'), ...delay }),
  /** Never answers; the connection stays open. */
  z.strictObject({
    kind: z.literal('hang'),
    phase: z.enum(['before_headers', 'after_headers', 'mid_body']).default('before_headers'),
    ...delay,
  }),
  /** RST on the connection. */
  z.strictObject({
    kind: z.literal('reset'),
    phase: z.enum(['before_headers', 'mid_body']).default('before_headers'),
    ...delay,
  }),
  /** Half of the answer, then the end of the connection. */
  z.strictObject({
    kind: z.literal('cut_off'),
    framing: z.enum(['content_length', 'chunked']).default('content_length'),
    ...delay,
  }),
  /** A proxy's error page. */
  z.strictObject({
    kind: z.literal('html'),
    status: status.default(502),
    retryAfter: retryAfter.optional(),
    ...delay,
  }),
  z.strictObject({ kind: z.literal('empty'), status: status.default(200), ...delay }),
  z.strictObject({ kind: z.literal('invalid_json'), ...delay }),
  z.strictObject({ kind: z.literal('invalid_utf8'), ...delay }),
  z.strictObject({
    kind: z.literal('wrong_shape'),
    shape: oneOf<WrongShapeName>(wrongShapes).default('no_group_infos'),
    ...delay,
  }),
  z.strictObject({
    kind: z.literal('redirect'),
    status: z.union([z.literal(301), z.literal(302), z.literal(303), z.literal(307), z.literal(308)]).default(307),
    /** The target. Default: FinAuth's own list URL. */
    location: headerText.optional(),
    ...delay,
  }),
  /** A valid answer padded with spaces to this many bytes. */
  z.strictObject({ kind: z.literal('oversized'), bytes: bytes.default(65 * MEBIBYTE), ...delay }),
  /** The same, compressed by a factor of about 1000. */
  z.strictObject({ kind: z.literal('gzip_bomb'), bytes: bytes.default(256 * MEBIBYTE), ...delay }),
] as const

const answering = [
  z.strictObject({ kind: z.literal('normal'), ...delay }),
  /** The usual answer, a few bytes at a time. */
  z.strictObject({
    kind: z.literal('trickle'),
    pieceBytes: bytes.default(1),
    intervalMs: ms.default(100),
    ...delay,
  }),
  z.strictObject({
    kind: z.literal('encoded'),
    encoding: z.enum(['gzip', 'deflate', 'br']).default('gzip'),
    ...delay,
  }),
  /** Verifies and dates this call by a clock that is this far ahead of FinAuth's. */
  z.strictObject({ kind: z.literal('wrong_clock'), offsetSeconds: z.int().default(600), ...delay }),
] as const

const failingSchema = z.discriminatedUnion('kind', failing)

/** What FinAuth does with a call. Only `kind` is required; every other member has a default. */
export const behaviourSchema = z.discriminatedUnion(
  'kind',
  [
    ...answering,
    ...failing,
    /** Alternates between `up` normal calls and `down` calls that fail as `as` says. */
    z.strictObject({
      kind: z.literal('flapping'),
      up: z.int().min(0).default(1),
      down: z.int().min(1).default(1),
      as: failingSchema.default({ kind: 'failure', name: 'internal_error' }),
      ...delay,
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
