import { readFileSync } from 'node:fs'

/**
 * A secret that is read where it is used and nowhere else. One in a file is read at each use, so that a rotated file
 * takes effect without a restart.
 */
export interface Secret {
  /** The value as of now. Throws when its file can no longer be read or has become empty. */
  reveal(): string
}

/** A secret fixed for the life of the process. Inspecting, logging or serialising it shows nothing. */
export function fixedSecret(value: string): Secret {
  return { reveal: () => value }
}

/** A secret kept in the file at `path`; spaces and line breaks around it are not part of it. */
export function fileSecret(path: string): Secret {
  return {
    reveal() {
      const value = readFileSync(path, 'utf8').trim()
      if (value === '') throw new Error(`the secret file ${path} is empty`)
      return value
    },
  }
}
