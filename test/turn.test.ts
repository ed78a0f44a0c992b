import { atEndOfTurn, nextTurn } from '../src/turn.js'

it('what is to be done at the end of a turn comes before work that waits for the next one, and once', async () => {
  const order: string[] = []
  const waiting = nextTurn().then(() => order.push('goes on'))
  atEndOfTurn(() => order.push('end'))
  order.push('turn')
  await waiting
  await nextTurn()
  expect(order).toEqual(['turn', 'end', 'goes on'])
})
