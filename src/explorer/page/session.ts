import { element } from './dom.js'

const storageKey = 'face-groups token'

/** The content of the page's `service` meta tag, written by the server. */
export interface ServiceInfo {
  readonly version?: string
  readonly environment?: string
  /** Where a gateway signs people in and out; absent if there is none. */
  readonly signInUrl?: string
  readonly signOutUrl?: string
}

/**
 * The user of the page. The token, pasted or from `#token=…`, is kept in this tab only; without one there may be a
 * gateway session. For another user the page reloads, so that no data of the previous one remains.
 */
export function session({ signInUrl, signOutUrl }: ServiceInfo) {
  const panel = element('#signed-out', HTMLElement)
  const input = element('#token', HTMLInputElement)
  const signOut = element('#sign-out', HTMLButtonElement)
  const signIn = element('#sign-in', HTMLAnchorElement)
  if (signInUrl !== undefined) signIn.href = signInUrl
  signIn.hidden = signInUrl === undefined
  takeFromFragment()

  const token = (): string | null => sessionStorage.getItem(storageKey)
  function show(isSignedIn: boolean): void {
    panel.hidden = isSignedIn
    element('#list', HTMLElement).hidden = !isSignedIn
    element('#who', HTMLElement).textContent = nameIn(token())
    signOut.hidden = !isSignedIn || (token() === null && signOutUrl === undefined)
  }
  element('form', HTMLFormElement, panel).addEventListener('submit', (event) => {
    event.preventDefault()
    sessionStorage.setItem(storageKey, input.value.trim())
    location.reload()
  })
  signOut.addEventListener('click', () => {
    if (token() === null && signOutUrl !== undefined) return location.assign(signOutUrl)
    sessionStorage.removeItem(storageKey)
    location.reload()
  })
  addEventListener('hashchange', () => {
    if (takeFromFragment()) location.reload()
  })
  return {
    token,
    showSignedIn: () => show(true),
    /** Shows the sign-in panel instead of the list, and drops a rejected token. */
    showSignedOut(): void {
      const reason = token() === null ? '' : 'The token has expired or is not valid here.'
      sessionStorage.removeItem(storageKey)
      show(false)
      element('p', HTMLElement, panel).textContent = reason
    },
  }
}

/** Moves the token out of the address, which the history and screenshots would keep. */
function takeFromFragment(): boolean {
  const token = new URLSearchParams(location.hash.slice(1)).get('token')
  if (token === null) return false
  sessionStorage.setItem(storageKey, token)
  history.replaceState(null, '', location.pathname + location.search)
  return true
}

/** The subject of a JWT. For display only: it is not verified here. */
function nameIn(token: string | null): string {
  try {
    const payload = atob((token?.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = Uint8Array.from(payload, (character) => character.charCodeAt(0))
    const { name, email, sub } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, string | undefined>
    return name ?? email ?? sub ?? ''
  } catch {
    return ''
  }
}
