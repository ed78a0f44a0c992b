/** What this client was given, to be asked about by its ETag instead of fetched again. */
export interface RememberedAnswers<T> {
  get(key: string): Remembered<T> | undefined
  set(key: string, answer: Remembered<T>): void
}

interface Remembered<T> {
  readonly etag: string
  readonly body: T
}

/** Forgets the least recently used beyond `maxEntries`. */
export function rememberAnswers<T>({ maxEntries }: { maxEntries: number }): RememberedAnswers<T> {
  const answers = new Map<string, Remembered<T>>()
  function set(key: string, answer: Remembered<T>): void {
    answers.delete(key)
    answers.set(key, answer)
    for (const oldest of answers.keys()) {
      if (answers.size <= maxEntries) break
      answers.delete(oldest)
    }
  }
  return {
    get(key) {
      const answer = answers.get(key)
      if (answer) set(key, answer)
      return answer
    },
    set,
  }
}
