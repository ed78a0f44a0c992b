/** Asks again every few milliseconds until there is an answer; rejects after `withinMs`, 15 seconds by default. */
export async function waitFor<T>(ask: () => Promise<T | null> | T | null, withinMs = 15_000): Promise<T> {
  const end = performance.now() + withinMs
  for (;;) {
    const answer = await ask()
    if (answer !== null) return answer
    if (performance.now() > end) throw new Error(`nothing within ${withinMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
