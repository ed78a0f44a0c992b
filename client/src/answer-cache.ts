const maxEntries = 100

interface CachedAnswer<T> {
  readonly etag: string
  readonly body: T
}

/** A least-recently-used cache of 100 answers, to revalidate by ETag instead of fetching them again. */
export class AnswerCache<T> {
  readonly #answers = new Map<string, CachedAnswer<T>>()

  get(key: string): CachedAnswer<T> | undefined {
    const answer = this.#answers.get(key)
    if (answer) this.set(key, answer)
    return answer
  }

  set(key: string, answer: CachedAnswer<T>): void {
    this.#answers.delete(key)
    this.#answers.set(key, answer)
    const [oldest] = this.#answers.keys()
    if (this.#answers.size > maxEntries && oldest !== undefined) this.#answers.delete(oldest)
  }
}
