import { foldText } from './fold-text.js'
import type { GroupList } from './group-list.js'
import type { ListQuery } from './query.js'
import { atOnce, forEachIndex, type Steps } from './steps.js'

/** Whether the group at an index of the vendor's order matches. */
type Matches = (index: number) => boolean

export interface Matcher {
  /** The query's filters as a test; `null` where it has none. */
  testOf(query: ListQuery): Matches | null
  /** Whether a text was searched for so far. */
  searchesText(): boolean
  /** Makes what searches for a text read. */
  prepareText(): Steps<void>
}

/** The folded texts that a search reads are made once, when one first needs them. */
export function createMatcher(groups: GroupList): Matcher {
  let texts: readonly (readonly string[])[] | undefined

  /** By field, then by index: one joined text would let a search find something across two fields. */
  function* searchedTexts(): Steps<readonly (readonly string[])[]> {
    if (texts) return texts
    const ids: string[] = []
    const names: string[] = []
    const descriptions: string[] = []
    yield* forEachIndex(groups.length, (index) => {
      const { id, name, description } = groups.at(index)
      ids.push(foldText(id ?? ''))
      names.push(foldText(name))
      descriptions.push(foldText(description))
    })
    return (texts = [ids, names, descriptions])
  }

  return {
    testOf({ q, modelVersion, createdAfter, createdBefore }) {
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
        const fields = atOnce(searchedTexts())
        tests.push((index) => fields.some((field) => field[index]?.includes(folded)))
      }
      return tests.length === 0 ? null : (index) => tests.every((test) => test(index))
    },
    searchesText: () => texts !== undefined,
    *prepareText() {
      yield* searchedTexts()
    },
  }
}
