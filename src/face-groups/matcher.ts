import type { FaceGroup } from './face-group.js'
import { foldText } from './fold-text.js'
import type { ListQuery } from './query.js'

/** Whether the group at an index of the vendor's order matches. */
type Matches = (index: number) => boolean

/**
 * Returns what turns a query's filters into a test, or into `null` where it has none. What the tests read (folded
 * texts, moments) is made once, when a query first needs it.
 */
export function createMatcher(groups: readonly FaceGroup[]): (query: ListQuery) => Matches | null {
  let texts: readonly (readonly string[])[] | undefined
  let moments: Float64Array | undefined

  return ({ q, modelVersion, createdAfter, createdBefore }) => {
    const tests: Matches[] = []
    if (modelVersion !== null) tests.push((index) => groups[index]?.modelVersion === modelVersion)
    if (createdAfter !== null || createdBefore !== null) {
      const known = (moments ??= createdMoments(groups))
      const from = createdAfter ?? -Infinity
      const before = createdBefore ?? Infinity
      // A group of unknown age is NaN here, and so in no range.
      tests.push((index) => known[index]! >= from && known[index]! < before)
    }
    const folded = foldText(q)
    if (folded !== '') {
      const fields = (texts ??= searchedTexts(groups))
      tests.push((index) => fields.some((field) => field[index]?.includes(folded)))
    }
    return tests.length === 0 ? null : (index) => tests.every((test) => test(index))
  }
}

/** By field, then by index: one joined text would let a search find something across two fields. */
function searchedTexts(groups: readonly FaceGroup[]): readonly (readonly string[])[] {
  return [
    groups.map(({ id }) => foldText(id ?? '')),
    groups.map(({ name }) => foldText(name)),
    groups.map(({ description }) => foldText(description)),
  ]
}

function createdMoments(groups: readonly FaceGroup[]): Float64Array {
  return Float64Array.from(groups, ({ createdAt }) => (createdAt === null ? Number.NaN : Date.parse(createdAt)))
}
