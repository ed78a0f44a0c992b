/** The page's element for a selector, of the kind asked for. Throws where the page has no such element. */
export function element<E extends Element>(selector: string, kind: new () => E, within: ParentNode = document): E {
  const found = within.querySelector(selector)
  if (found instanceof kind) return found
  throw new Error(`the page has no ${kind.name} at ${selector}`)
}

/** Shows `text`, or a dash for nothing. */
export function textOrDash(text: string | null): string {
  return text === null || text === '' ? '–' : text
}
