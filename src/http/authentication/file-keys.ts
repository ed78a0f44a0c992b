import { readFile, stat } from 'node:fs/promises'
import { textOf } from './fetch-text.js'
import { createKeyRing } from './key-ring.js'
import type { KeyEvents, KeySource } from './keys.js'
import { KeysUnavailableError } from './keys.js'

export interface FileKeysOptions {
  /** A JWK Set in JSON. */
  readonly path: string
  readonly events: KeyEvents
}

/** An unreadable file is looked at again with the next token; a client need not wait long for the operator. */
const retryAfterSeconds = 5

/**
 * Keys from a file, read again whenever it changed since the last token that needed a key. A file that
 * became unreadable or malformed leaves the last good keys in use.
 */
export function createFileKeys({ path, events }: FileKeysOptions): KeySource {
  const ring = createKeyRing(events)
  let seen = ''
  let checking: Promise<void> | null = null

  async function check() {
    try {
      // The mark is taken before the text, so a change in between is seen the next time.
      const { mtimeNs, ctimeNs, size, ino } = await stat(path, { bigint: true })
      const mark = `${mtimeNs} ${ctimeNs} ${size} ${ino}`
      if (mark === seen) return
      ring.load(textOf(await readFile(path)))
      seen = mark
    } catch {
      seen = ''
      ring.fail('unreadable')
    }
  }

  return {
    async candidates(header) {
      checking ??= check().finally(() => {
        checking = null
      })
      await checking
      if (ring.keys === null) throw new KeysUnavailableError(retryAfterSeconds)
      return ring.keys.candidates(header)
    },
  }
}
