import type { FaceGroup } from './face-group.js'

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
