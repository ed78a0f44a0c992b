import { readFile, stat } from 'node:fs/promises'
import type { Clock } from '../../clock.js'
import { systemClock } from '../../clock.js'
import { textOf } from './fetch-text.js'
import { keepLoaded } from './keep-loaded.js'
import { createKeyRing } from './key-ring.js'
import type { KeyEvents, KeyStore } from './keys.js'
import { KeysUnavailableError } from './keys.js'

export interface FileKeysOptions {
  /** A JWK Set in JSON. */
  readonly path: string
  readonly events: KeyEvents
  /** Keys of a file that could not be read for so long are not used. Default 1 day. */
  readonly maxStaleMs?: number
  readonly clock?: Clock
}

/** An unreadable file is looked at again with the next token; a client need not wait long for the operator. */
const retryAfterSeconds = 5

/** How often the file is looked at without a token. */
const checkEveryMs = 5_000

/**
 * Keys from a file, read again whenever it changed since the last token that needed a key. A file that
 * became unreadable or malformed leaves the last good keys in use until they are too old.
 */
export function createFileKeys(options: FileKeysOptions): KeyStore {
  const { path, events, maxStaleMs = 86_400_000, clock = systemClock } = options
  const ring = createKeyRing({ events, maxStaleMs, clock })
  let seen = ''
  let checkedAtMs = -Infinity
  let checking: Promise<void> | null = null

  async function look() {
    checkedAtMs = clock.monotonicMs()
    try {
      // The mark is taken before the text, so a change in between is seen the next time.
      const { mtimeNs, ctimeNs, size, ino } = await stat(path, { bigint: true })
      const mark = `${mtimeNs} ${ctimeNs} ${size} ${ino}`
      if (mark !== seen) ring.load(textOf(await readFile(path)), checkedAtMs)
      else if (!ring.failing) ring.confirm(checkedAtMs)
      seen = mark
    } catch {
      seen = ''
      ring.fail('unreadable')
    }
  }

  function check(): Promise<void> {
    checking ??= look().finally(() => {
      checking = null
    })
    return checking
  }

  return {
    async candidates(header) {
      await check()
      if (ring.keys === null) throw new KeysUnavailableError(retryAfterSeconds)
      return ring.keys.candidates(header)
    },
    // Each token that needs a key has the newest ones.
    newerCandidates: async () => [],
    version: () => ring.version,
    status: () => ring.status(),
    idle: () => checking ?? Promise.resolve(),
    ...keepLoaded({ clock, dueInMs: () => checkedAtMs + checkEveryMs - clock.monotonicMs(), load: check }),
  }
}
