import { element } from './element.js'

const storageKey = 'face-groups token'

/** The developer's token: taken from `#token=…` once, then kept in this tab alone. */
export interface AccessToken {
  current(): string | null
  /** Opens the dialog in which another can be given. */
  ask(): void
}

export function accessToken({ onChange }: { onChange: () => void }): AccessToken {
  const dialog = element('#token', HTMLDialogElement)
  const input = element('#token-value', HTMLInputElement)
  takeFromFragment()

  function ask(): void {
    if (dialog.open) return
    input.value = ''
    dialog.returnValue = 'cancel'
    dialog.showModal()
  }
  dialog.addEventListener('close', () => {
    const given = input.value.trim()
    input.value = ''
    if (dialog.returnValue === 'use' && given !== '') sessionStorage.setItem(storageKey, given)
    else if (dialog.returnValue === 'forget') sessionStorage.removeItem(storageKey)
    else return
    onChange()
  })
  element('#open-token', HTMLButtonElement).addEventListener('click', ask)
  addEventListener('hashchange', () => {
    if (takeFromFragment()) onChange()
  })
  return { current: () => sessionStorage.getItem(storageKey), ask }
}

/** Moves the token out of the address, where the history and screenshots would keep it. */
function takeFromFragment(): boolean {
  const token = new URLSearchParams(location.hash.slice(1)).get('token')
  if (token === null) return false
  sessionStorage.setItem(storageKey, token)
  history.replaceState(null, '', location.pathname + location.search)
  return true
}
