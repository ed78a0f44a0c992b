import { foldText } from './fold-text.js'
import type { GroupList } from './group-list.js'
import type { ListQuery } from './query.js'
import { atOnce, groupsPerStep, type Steps } from './steps.js'

/** Whether the group at an index of the vendor's order matches. */
type Matches = (index: number) => boolean

/** The folded texts that a search reads are made once, when one first needs them. */
export class Matcher {
  readonly #groups: GroupList
  /** By field, then by index: one joined text would let a search find something across two fields. */
  #texts: readonly (readonly string[])[] | undefined

  constructor(groups: GroupList) {
    this.#groups = groups
  }

  /** The query's filters as a test; `null` where it has none. */
  testOf({ q, modelVersion, createdAfter, createdBefore }: ListQuery): Matches | null {
    const groups = this.#groups
    const tests: Matches[] = []
    if (modelVersion !== null) tests.push((index) => groups.modelVersionAt(index) === modelVersion)
    if (createdAfter !== null || createdBefore !== null) {
      const from = createdAfter ?? -Infinity
      const before = createdBefore ?? Infinity
      // A group of unknown age is NaN here, and so in no range.
      tests.push((index) => groups.momentAt(index) >= from && groups.momentAt(index) < before)
    }
    const folded = foldText(q)
    if (folded !== '') {
      const fields = atOnce(this.prepareText())
      tests.push((index) => fields.some((field) => field[index]?.includes(folded)))
    }
    return tests.length === 0 ? null : (index) => tests.every((test) => test(index))
  }

  /** Whether a text was searched for so far. */
  searchesText(): boolean {
    return this.#texts !== undefined
  }

  /** Makes what searches for a text read. */
  *prepareText(): Steps<readonly (readonly string[])[]> {
    if (this.#texts) return this.#texts
    const ids: string[] = []
    const names: string[] = []
    const descriptions: string[] = []
    for (let index = 0; index < this.#groups.length; index += 1) {
      const { id, name, description } = this.#groups.at(index)
      ids.push(foldText(id ?? ''))
      names.push(foldText(name))
      descriptions.push(foldText(description))
      if (index % groupsPerStep === 0) yield
    }
    return (this.#texts = [ids, names, descriptions])
  }
}
