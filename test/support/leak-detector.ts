/** The output of a service during the tests of one file, and what must never be in it. */
export interface LeakDetector {
  /** Records output: a log line, the bytes of a response, a value in Redis. */
  record(where: string, text: string): void
  /** Registers a secret or token that must not be found in anything recorded, before or after. */
  forbid(what: string, secret: string): void
  /** One line per leak: what was found where. */
  leaks(): string[]
  /** How much was recorded, in total or of one kind. */
  recorded(where?: string): number
}

export function createLeakDetector(): LeakDetector {
  const records: { where: string; text: string }[] = []
  const forbidden = new Map<string, string>()
  const found = new Set<string>()
  /** How many of the records have been searched for a secret, or for a sign. */
  const searched = new Map<string | null, number>()
  const unsearched = (secret: string | null) => {
    const from = searched.get(secret) ?? 0
    searched.set(secret, records.length)
    return records.slice(from)
  }
  return {
    record: (where, text) => void records.push({ where, text }),
    forbid: (what, secret) => void forbidden.set(secret, what),
    recorded: (where) =>
      where === undefined ? records.length : records.filter((record) => record.where === where).length,
    leaks() {
      for (const [secret, what] of forbidden) {
        for (const { where, text } of unsearched(secret)) if (text.includes(secret)) found.add(`${what} in ${where}`)
      }
      for (const { where, text } of unsearched(null)) if (holdsSign(text)) found.add(`a sign in ${where}`)
      return [...found]
    },
  }
}

/** A vendor `sign` is base64 of 20 bytes and `a=…&b=…&c=…&d=…`; it may also have leaked before it was encoded. */
function holdsSign(text: string): boolean {
  const raw = /a=[^&\s]+&b=\d+&c=\d+&d=\d+/
  if (raw.test(text)) return true
  return (text.match(/[A-Za-z0-9+/]{60,}={0,2}/g) ?? []).some((run) =>
    [0, 1, 2, 3].some((shift) => raw.test(Buffer.from(run.slice(shift), 'base64').toString('latin1'))),
  )
}

/** Of this test file: checked whenever a service has stopped, and when the file's tests are over. */
export const leakDetector = createLeakDetector()

// jest.config.js loads this module in every test file.
afterAll(() => {
  expect(leakDetector.leaks()).toEqual([])
})

/** A leakDetector that can check and forget its records: hours of answers do not fit into memory. */
export interface ResettableLeakDetector extends LeakDetector {
  /** `leaks()` of what was recorded since the last time. */
  takeLeaks(): string[]
}

export function createResettableLeakDetector(): ResettableLeakDetector {
  const secrets: [what: string, secret: string][] = []
  let current = createLeakDetector()
  return {
    record: (where, text) => current.record(where, text),
    recorded: () => current.recorded(),
    leaks: () => current.leaks(),
    forbid(what, secret) {
      secrets.push([what, secret])
      current.forbid(what, secret)
    },
    takeLeaks() {
      const leaks = current.leaks()
      current = createLeakDetector()
      for (const [what, secret] of secrets) current.forbid(what, secret)
      return leaks
    },
  }
}
