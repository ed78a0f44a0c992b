import type { GroupList } from './group-list.js'
import { atOnce, groupsPerStep, type Steps } from './steps.js'

/** Where each id stands in a list, made once, when one is first asked for. */
export class IdIndex {
  readonly #groups: GroupList
  #indexById: ReadonlyMap<string, number> | undefined

  constructor(groups: GroupList) {
    this.#groups = groups
  }

  /** The index of the first group with this id. */
  find(id: string): number | undefined {
    return atOnce(this.prepare()).get(id)
  }

  /** Whether an id was asked for so far. */
  isMade(): boolean {
    return this.#indexById !== undefined
  }

  *prepare(): Steps<ReadonlyMap<string, number>> {
    if (this.#indexById) return this.#indexById
    const indexById = new Map<string, number>()
    for (let index = 0; index < this.#groups.length; index += 1) {
      const id = this.#groups.idAt(index)
      if (id !== null && !indexById.has(id)) indexById.set(id, index)
      if (index % groupsPerStep === 0) yield
    }
    return (this.#indexById = indexById)
  }
}
