/** Asks again every few milliseconds until there is an answer; rejects after `withinMs`. */
export async function eventually<T>(ask: () => Promise<T | null> | T | null, withinMs = 5_000): Promise<T> {
  const end = performance.now() + withinMs
  for (;;) {
    const answer = await ask()
    if (answer !== null) return answer
    if (performance.now() > end) throw new Error(`nothing within ${withinMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
