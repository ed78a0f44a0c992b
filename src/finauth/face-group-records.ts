import { z } from 'zod'
import type { GroupList } from '../face-groups/group-list.js'
import { GroupListBuilder } from '../face-groups/group-list-builder.js'
import { readAddTime } from './add-time.js'
import type { ContractDrift, DriftKind } from './finauth-events.js'

const recordSchema = z.object({
  group_id: z.string().nullish(),
  group_name: z.string(),
  group_data: z.string().nullish(),
  model_version: z.string().nullish(),
  add_time: z.unknown().optional(),
})

export interface ReadRecords {
  readonly faceGroups: GroupList
  /** Records left out because they could not be read. */
  readonly omitted: number
  readonly drifts: ContractDrift[]
}

/**
 * Puts the vendor's records in our words, in the vendor's order. A record that cannot be read is left out and counted;
 * fields nobody asked for are dropped. Text that is not well-formed Unicode is repaired with U+FFFD, except in an id:
 * a repaired id would name something else, so its record is left out.
 */
export class RecordReader {
  readonly #list: GroupListBuilder
  readonly #tally = createDriftTally()
  #omitted = 0

  /** The list comes to share what did not change with the one `before`. */
  constructor(before: GroupList | null) {
    this.#list = new GroupListBuilder(before)
  }

  /** `textWasRepaired` says that its bytes were not valid UTF-8, so any U+FFFD in an id is a scar. */
  read(record: unknown, textWasRepaired: boolean): void {
    const parsed = recordSchema.safeParse(record)
    if (!parsed.success) {
      const issue = parsed.error.issues[0]
      return this.#omit(`${issue?.path.join('.') || 'record'}: ${issue?.code ?? 'unreadable'}`)
    }
    const { group_id: id, group_name: name, group_data: data, model_version: version, add_time: time } = parsed.data
    if (id && (!id.isWellFormed() || (textWasRepaired && id.includes('\uFFFD')))) {
      return this.#omit('group_id: broken text')
    }
    const createdAtMs = readAddTime(time)
    if (createdAtMs === null) this.#tally.add('unreadable_time', `add_time: ${typeof time}`)
    this.#list.add({
      id: id || null,
      name: name.toWellFormed(),
      description: (data ?? '').toWellFormed(),
      modelVersion: (version ?? '').toWellFormed(),
      createdAtMs,
    })
  }

  finish(): ReadRecords {
    return { faceGroups: this.#list.finish(), omitted: this.#omitted, drifts: this.#tally.drifts() }
  }

  #omit(detail: string): void {
    this.#omitted += 1
    this.#tally.add('bad_record', detail)
  }
}

function createDriftTally() {
  const counts = new Map<DriftKind, { count: number; detail: string }>()
  return {
    add(kind: DriftKind, detail: string) {
      const entry = counts.get(kind)
      if (entry) entry.count += 1
      else counts.set(kind, { count: 1, detail })
    },
    drifts: (): ContractDrift[] => [...counts].map(([kind, { count, detail }]) => ({ kind, count, detail })),
  }
}
