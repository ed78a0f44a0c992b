import { setTimeout as delay } from 'node:timers/promises'
import { watchStarvation } from './watch-starvation.js'

it('tells the longest that one process was kept since the look before, whatever it had been kept by then', async () => {
  const kept: Record<number, number[]> = { 7: [5000, 5010, 5310], 8: [0, 40] }
  const longest = watchStarvation(
    () => [7, 8],
    (pid) => (kept[pid]!.length > 1 ? kept[pid]!.shift()! : kept[pid]![0]!),
  )
  await delay(250)
  expect(longest()).toBe(300)
})

it('blames nothing on the machine where a process is gone', () => {
  expect(watchStarvation(() => [2 ** 22 + 1])()).toBe(0)
})
