import { waitFor } from './wait-for.js'

describe('waitFor', () => {
  it.each([false, null, undefined])(
    'checks again after %p, and resolves with the first other result',
    async (notYet) => {
      const answers = [notYet, notYet, 0]
      expect(await waitFor(() => answers.shift())).toBe(0)
    },
  )

  it('reports the condition when the time is over', async () => {
    const isLeader = () => false
    await expect(waitFor(() => isLeader(), { timeoutMs: 1 })).rejects.toThrow(/^not within 1 ms: .*isLeader/)
  })

  it('rejects with the error of the condition, without checking again', async () => {
    let calls = 0
    const fail = () => {
      calls += 1
      throw new Error('exited with 1')
    }
    await expect(waitFor(fail)).rejects.toThrow('exited with 1')
    expect(calls).toBe(1)
  })
})
