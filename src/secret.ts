import { readFileSync } from 'node:fs'

/**
 * A secret that is read only where it is used. A secret in a file is read at each use, so that a rotated file takes
 * effect without a restart.
 */
export interface Secret {
  /** The current value. Throws if its file is unreadable or empty. */
  reveal(): string
}

/** A secret that is fixed for the life of the process. Inspecting, logging or serialising it reveals nothing. */
export function fixedSecret(value: string): Secret {
  return { reveal: () => value }
}

/** A secret in the file at `path`; surrounding spaces and line breaks are removed. */
export function fileSecret(path: string): Secret {
  return {
    reveal() {
      const value = readFileSync(path, 'utf8').trim()
      if (value === '') throw new Error(`the secret file ${path} is empty`)
      return value
    },
  }
}
