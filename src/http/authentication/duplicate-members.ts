/**
 * Whether any object in the valid JSON `text` names a member twice. `JSON.parse` keeps the last of them,
 * other parsers the first: two readers of one token would see different callers (RFC 8725 section 2.4
 * warns of such differences, RFC 7515 section 4 lets a verifier refuse them).
 */
export function hasDuplicateMembers(text: string): boolean {
  /** The names so far of each open object; `null` for an open array. */
  const open: (Set<string> | null)[] = []
  let nameExpected = false
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],]/gs)) {
    if (token === '{' || token === '[') {
      open.push(token === '{' ? new Set() : null)
      nameExpected = token === '{'
    } else if (token === '}' || token === ']') {
      open.pop()
      nameExpected = false
    } else if (token === ',') {
      nameExpected = open.at(-1) instanceof Set
    } else if (nameExpected) {
      const names = open.at(-1)
      const name: unknown = JSON.parse(token)
      if (typeof name !== 'string' || names?.has(name) === true) return true
      names?.add(name)
      nameExpected = false
    }
  }
  return false
}
