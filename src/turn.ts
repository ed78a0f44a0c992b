let ending: (() => void)[] = []

/**
 * Runs `task` when the event loop has taken up all that was waiting for it, before any work that pauses with `nextTurn`
 * goes on. An error it throws is an uncaught one.
 */
export function atEndOfTurn(task: () => void): void {
  if (ending.length === 0) setImmediate(endTurn)
  ending.push(task)
}

/** Resolves in the event loop's next turn, after what is to be done at the end of this one. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => {
      endTurn()
      resolve()
    })
  })
}

function endTurn(): void {
  const tasks = ending
  ending = []
  for (const task of tasks) task()
}
