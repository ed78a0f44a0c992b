/**
 * Whether the caller already has what `etag` names, by its `If-None-Match` (RFC 9110 §13.1.2: weak
 * comparison, lists and `*`). A field that cannot be read matches nothing, so that the caller gets the body.
 */
export function matchesIfNoneMatch(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  if (ifNoneMatch === etag) return true
  if (ifNoneMatch.trim() === '*') return true
  const opaque = withoutWeakness(etag)
  return (ifNoneMatch.match(/(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g) ?? []).some(
    (tag) => withoutWeakness(tag) === opaque,
  )
}

function withoutWeakness(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag
}
