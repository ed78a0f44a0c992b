import { z } from 'zod'
import { rowsPerYield, yieldToEventLoop } from '../event-loop.js'
import type { FaceGroup } from '../face-groups/face-group.js'
import { formatTimestamp, parseAddTime } from '../timestamp.js'
import type { Envelope, ParsedBody } from './answer.js'
import type { FinAuthEndpoint } from './attempt.js'
import type { FinAuthCall } from './client.js'
import type { ContractDrift, DriftKind } from './events.js'

const groupList: FinAuthEndpoint = { name: 'group_list', path: '/finauth/search/group/group_list' }

export interface ParsedGroups {
  /** In the vendor's order; frozen. */
  readonly faceGroups: readonly FaceGroup[]
  /** Records left out because they are unreadable. */
  readonly omitted: number
}

export interface GroupListing extends ParsedGroups {
  /** The vendor's id of the call, for tracing it with the vendor; `null` where it gave none that can be shown. */
  readonly requestId: string | null
  /** When the attempt that succeeded was sent, on the client's monotonic clock: from then on the list ages (RFC 9111 §4.2.3). */
  readonly sentAtMs: number
}

/** The account's libraries: the vendor's "Get Face Library List". Rejects as `call` does. */
export async function listGroups(call: FinAuthCall, signal?: AbortSignal): Promise<GroupListing> {
  const { value, requestId, sentAtMs } = await call(groupList, {}, parseGroups, signal)
  return { ...value, requestId, sentAtMs }
}

const text = z.string().transform((value) => value.toWellFormed())
const optionalText = text.nullish().transform((value) => value ?? '')

const recordSchema = z.object({
  // An id with a replaced character would name another group, so its record is left out.
  group_id: z
    .string()
    .refine((id) => id.isWellFormed(), 'broken text')
    .nullish(),
  group_name: text,
  group_data: optionalText,
  model_version: optionalText,
  add_time: z.unknown().optional(),
})

/**
 * Reads `group_infos`. An unreadable record is left out, counted and reported; unknown fields are dropped; text that is not
 * well-formed Unicode gets the replacement character U+FFFD. Invalid where not one of several records is readable: an
 * empty list made of them would be wrong.
 */
export async function parseGroups({ group_infos: records }: Envelope): Promise<ParsedBody<ParsedGroups>> {
  if (!Array.isArray(records)) return { invalid: 'group_infos: not an array', drifts: [] }
  const faceGroups: FaceGroup[] = []
  const drifts = new Map<DriftKind, ContractDrift>()
  const report = (kind: DriftKind, detail: string) => {
    const first = drifts.get(kind)
    drifts.set(kind, { kind, count: (first?.count ?? 0) + 1, detail: first?.detail ?? detail })
  }
  for (const [index, record] of records.entries()) {
    if (index % rowsPerYield === 0) await yieldToEventLoop()
    const parsed = recordSchema.safeParse(record)
    if (!parsed.success) {
      report('bad_record', describeIssue(parsed.error))
      continue
    }
    const { group_id: id, group_name: name, group_data: description, model_version: modelVersion } = parsed.data
    const createdAtMs = parseAddTime(parsed.data.add_time)
    if (createdAtMs === null) report('unreadable_time', `add_time: ${typeof parsed.data.add_time}`)
    const createdAt = createdAtMs === null ? null : formatTimestamp(createdAtMs)
    faceGroups.push({ id: id || null, name, description, modelVersion, createdAt })
  }
  const reported = [...drifts.values()]
  if (records.length > 0 && faceGroups.length === 0) {
    return { invalid: 'group_infos: no readable record', drifts: reported }
  }
  const omitted = records.length - faceGroups.length
  return { value: { faceGroups: Object.freeze(faceGroups), omitted }, drifts: reported }
}

/** Without the vendor's text: the field's name and zod's code, or our own message. */
function describeIssue({ issues: [issue] }: z.ZodError): string {
  return `${issue?.path.join('.') || 'record'}: ${issue?.code === 'custom' ? issue.message : issue?.code}`
}
