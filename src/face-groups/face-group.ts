import { z } from 'zod'
import { rowsPerYield, yieldToEventLoop } from '../event-loop.js'
import type { components } from './api-types.generated.js'

/** One face library, as the contract shows it to callers. */
export type FaceGroup = Readonly<components['schemas']['FaceGroup']>

const fields = {
  id: z.string().nullable(),
  name: z.string(),
  description: z.string(),
  modelVersion: z.string(),
  createdAt: z.iso.datetime().nullable(),
} satisfies Record<keyof FaceGroup, z.ZodType>

const fieldNames = Object.keys(fields) as (keyof FaceGroup)[]

/** Validates a group from an untrusted copy; unknown fields are dropped. */
export const faceGroupSchema: z.ZodType<FaceGroup> = z.object(fields)

/** A copy with the fields of the contract and no others, in the order in which responses show them. */
export function copyFaceGroup({ id, name, description, modelVersion, createdAt }: FaceGroup): FaceGroup {
  return { id, name, description, modelVersion, createdAt }
}

/** Compares group by group; yields to the event loop in between. */
export async function areSameFaceGroups(some: readonly FaceGroup[], others: readonly FaceGroup[]): Promise<boolean> {
  if (some.length !== others.length) return false
  let at = 0
  for await (const chunk of chunksOf(some)) {
    for (const group of chunk) {
      const other = others[at++]!
      if (!fieldNames.every((name) => group[name] === other[name])) return false
    }
  }
  return true
}

/** Splits a long list into slices of `size` rows and yields to the event loop between two of them. */
export async function* chunksOf<Row>(rows: readonly Row[], size = rowsPerYield): AsyncGenerator<readonly Row[]> {
  for (let start = 0; start < rows.length; start += size) {
    if (start > 0) await yieldToEventLoop()
    yield rows.slice(start, start + size)
  }
}

/** A group of a snapshot, with what sorting and searching read of it, computed once. */
export class IndexedGroup {
  readonly group: FaceGroup
  /** Unix milliseconds; `null` where unknown. */
  readonly createdAtMs: number | null
  #searchTexts: readonly string[] | undefined

  constructor(group: FaceGroup) {
    this.group = group
    this.createdAtMs = group.createdAt === null ? null : Date.parse(group.createdAt)
  }

  /** Folded id, name and description. Not joined: a search must not match across two fields. */
  get searchTexts(): readonly string[] {
    const { id, name, description } = this.group
    return (this.#searchTexts ??= [id ?? '', name, description].map(foldText))
  }
}

/**
 * The form in which a search compares texts: compatibility-normalized (NFKC) and without case, independent of locale.
 * `Ｆ` equals `f`, `ß` equals `SS`, and both Greek small sigmas equal `Σ`. Lower before upper: neither alone unifies
 * every pair (`İ`, final sigma).
 */
export function foldText(text: string): string {
  return text.normalize('NFKC').toLowerCase().toUpperCase()
}
