/** A vendor account that may call. */
export interface Account {
  /** Appears in the counts instead of the key. */
  readonly name: string
  readonly apiKey: string
  readonly apiSecret: string
  /** A disabled account's correct signature is answered `API_KEY_BE_DISCONTINUED`. */
  readonly disabled?: boolean | undefined
}

export interface Accounts {
  find(apiKey: string): Account | undefined
  /** Registers the account, or replaces the one of the same name (a new key or secret, disabled or not). */
  put(account: Account): void
  /** Forgets the account: its key becomes unknown. Returns whether there was one. */
  remove(name: string): boolean
  names(): string[]
  /** Back to the accounts of the start. */
  reset(): void
}

export function createAccounts(initial: readonly Account[]): Accounts {
  const byName = new Map<string, Account>()
  const reset = () => {
    byName.clear()
    for (const account of initial) byName.set(account.name, account)
  }
  reset()
  return {
    find: (apiKey) => [...byName.values()].find((account) => account.apiKey === apiKey),
    put: (account) => void byName.set(account.name, account),
    remove: (name) => byName.delete(name),
    names: () => [...byName.keys()],
    reset,
  }
}
