import { createNotifier } from '../../src/snapshot-cache/notifier.js'
import { createFakeClock, settle } from '../support/fake-clock.js'

function waiter() {
  const clock = createFakeClock()
  const notifier = createNotifier({ clock })
  const woken: string[] = []
  const wait = (name: string, seen: number, ms: number) =>
    void notifier.waitBeyond(seen, ms).then(() => woken.push(name))
  return { clock, notifier, woken, wait }
}

it('counts notifications', () => {
  const { notifier } = waiter()
  expect(notifier.count()).toBe(0)
  notifier.notify()
  notifier.notify()
  expect(notifier.count()).toBe(2)
})

it('wakes all waiters at the next notification', async () => {
  const { notifier, woken, wait } = waiter()
  wait('one', 0, 1_000)
  wait('two', 0, 1_000)
  await settle()
  expect(woken).toEqual([])
  notifier.notify()
  await settle()
  expect(woken).toEqual(['one', 'two'])
})

it('does not wait if there was a notification since the count was read', async () => {
  const { notifier, woken, wait } = waiter()
  const seen = notifier.count()
  notifier.notify()
  wait('late', seen, 1_000)
  await settle()
  expect(woken).toEqual(['late'])
})

it('wakes each waiter when its time is over', async () => {
  const { clock, woken, wait } = waiter()
  wait('one', 0, 100)
  await clock.advance(99)
  expect(woken).toEqual([])
  await clock.advance(1)
  expect(woken).toEqual(['one'])
})
