import { atOnce, inTurns, type Steps } from '../../src/face-groups/steps.js'

describe('work in steps', () => {
  it('lets the event loop turn in between', async () => {
    let turns = 0
    const counting = setInterval(() => (turns += 1), 0)
    await inTurns(busySteps(20, 2))
    clearInterval(counting)
    expect(turns).toBeGreaterThan(1)
  })

  it('comes to the same result with pauses and without', async () => {
    expect(await inTurns(sumBelow(1000))).toBe(499_500)
    expect(atOnce(sumBelow(1000))).toBe(499_500)
  })

  it('rejects with what a step throws', async () => {
    await expect(inTurns(failingSteps())).rejects.toThrow('broken')
  })
})

function* busySteps(count: number, milliseconds: number): Steps<void> {
  for (let step = 0; step < count; step += 1) {
    const until = performance.now() + milliseconds
    while (performance.now() < until);
    yield
  }
}

function* sumBelow(length: number): Steps<number> {
  let sum = 0
  for (let number = 0; number < length; number += 1) {
    sum += number
    yield
  }
  return sum
}

function* failingSteps(): Steps<void> {
  yield
  throw new Error('broken')
}
