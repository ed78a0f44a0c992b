import { readFileSync } from 'node:fs'

/**
 * Watches how long processes that could have gone on were kept from a processor. Ends with the longest that one of them
 * was kept between two looks: nobody but the machine is to blame for that. 0 where the system does not tell.
 */
export function watchStarvation(pids: () => readonly number[], read = keptMs): () => number {
  const kept = new Map<number, number>()
  let longestMs = 0
  const look = (): void => {
    for (const pid of pids()) {
      const nowMs = read(pid)
      longestMs = Math.max(longestMs, nowMs - (kept.get(pid) ?? nowMs))
      kept.set(pid, nowMs)
    }
  }
  look()
  const timer = setInterval(look, 100)
  return () => {
    clearInterval(timer)
    look()
    return longestMs
  }
}

/** All that a process's main thread has ever waited on a run queue. */
function keptMs(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6
  } catch {
    return 0
  }
}
