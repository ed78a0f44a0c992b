import type { FaceGroup } from '../../src/face-groups/face-group.js'

export interface NaiveQuery {
  readonly q?: string
  readonly modelVersion?: string
  readonly createdAfter?: string
  readonly createdBefore?: string
  readonly sort?: string
}

/** The complete answer to a query, by a simple implementation. */
export function naiveList(groups: readonly FaceGroup[], query: NaiveQuery): FaceGroup[] {
  const { q = '', modelVersion, createdAfter, createdBefore, sort = 'createdAt' } = query
  const found = groups.filter((group) => {
    const texts = [group.id ?? '', group.name, group.description]
    if (!texts.some((text) => plain(text).includes(plain(q)))) return false
    if (modelVersion !== undefined && group.modelVersion !== modelVersion) return false
    if (createdAfter !== undefined && !(group.createdAt && Date.parse(group.createdAt) >= Date.parse(createdAfter)))
      return false
    return (
      createdBefore === undefined ||
      (group.createdAt !== null && Date.parse(group.createdAt) < Date.parse(createdBefore))
    )
  })
  const descending = sort.startsWith('-')
  const field = sort.replace('-', '')
  const keyOf = (group: FaceGroup) => {
    if (field === 'name') return group.name
    if (field === 'id') return group.id
    return group.createdAt === null ? null : Date.parse(group.createdAt)
  }
  const keyed = found.filter((group) => keyOf(group) !== null)
  const keys = [...new Set(keyed.map((group) => keyOf(group) ?? ''))].toSorted((a, b) => (a < b ? -1 : 1))
  if (descending) keys.reverse()
  const inOrder = keys.flatMap((key) => keyed.filter((group) => keyOf(group) === key))
  return [...inOrder, ...found.filter((group) => keyOf(group) === null)]
}

function plain(text: string): string {
  return text.normalize('NFKC').toLowerCase().toUpperCase()
}
