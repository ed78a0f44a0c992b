import { z } from 'zod'
import { rowsPerYield, yieldToEventLoop } from '../event-loop.js'
import type { FaceGroup } from '../face-groups/face-group.js'
import { formatTimestamp, parseAddTime } from '../timestamp.js'
import type { Envelope, ReportDrift } from './answer.js'
import type { FinAuthEndpoint } from './attempt.js'
import type { CallResult, FinAuthCall } from './client.js'

const groupList: FinAuthEndpoint = { name: 'group_list', path: '/finauth/search/group/group_list' }

export interface ParsedGroups {
  /** In the vendor's order; frozen. */
  readonly faceGroups: readonly FaceGroup[]
  /** Records omitted because they are invalid. */
  readonly omitted: number
}

/** The list's age counts from `sentAtMs` (RFC 9111 §4.2.3). */
export type GroupListing = ParsedGroups & Omit<CallResult<ParsedGroups>, 'value'>

/** The account's libraries: the vendor's "Get Face Library List". Rejects as `call` does. */
export async function listGroups(call: FinAuthCall, signal?: AbortSignal): Promise<GroupListing> {
  const { value, ...result } = await call(groupList, {}, parseGroups, signal)
  return { ...value, ...result }
}

const recordSchema = z.object({
  // An id with a replaced character would identify another group, so its record is omitted.
  group_id: z
    .string()
    .refine((id) => id.isWellFormed(), 'broken text')
    .nullish(),
  group_name: z.string(),
  group_data: z.string().nullish(),
  model_version: z.string().nullish(),
  add_time: z.unknown().optional(),
})

/**
 * Parses `group_infos`. An invalid record is omitted, counted and reported; unknown fields are dropped; text that is
 * not well-formed Unicode gets the replacement character U+FFFD. `null` if the list has records but none is valid: an
 * empty list would be wrong.
 */
export async function parseGroups(
  { group_infos: records }: Envelope,
  report: ReportDrift,
): Promise<ParsedGroups | null> {
  if (!Array.isArray(records)) {
    report('invalid_shape', 'group_infos: not an array')
    return null
  }
  const faceGroups: FaceGroup[] = []
  for (const [index, record] of records.entries()) {
    if (index % rowsPerYield === 0) await yieldToEventLoop()
    const { data, error } = recordSchema.safeParse(record)
    if (error) {
      report('bad_record', describeIssue(error))
      continue
    }
    const createdAtMs = parseAddTime(data.add_time)
    if (createdAtMs === null) report('unreadable_time', `add_time: ${typeof data.add_time}`)
    faceGroups.push({
      id: data.group_id || null,
      name: data.group_name.toWellFormed(),
      description: data.group_data?.toWellFormed() ?? '',
      modelVersion: data.model_version?.toWellFormed() ?? '',
      createdAt: createdAtMs === null ? null : formatTimestamp(createdAtMs),
    })
  }
  if (records.length > 0 && faceGroups.length === 0) {
    report('invalid_shape', 'group_infos: no readable record')
    return null
  }
  return { faceGroups: Object.freeze(faceGroups), omitted: records.length - faceGroups.length }
}

/** Without the vendor's text: the field's name and zod's code, or our own message. */
function describeIssue({ issues: [issue] }: z.ZodError): string {
  return `${issue?.path.join('.') || 'record'}: ${issue?.code === 'custom' ? issue.message : issue?.code}`
}
