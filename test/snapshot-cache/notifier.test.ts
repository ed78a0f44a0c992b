import { createNotifier } from '../../src/snapshot-cache/notifier.js'

it('wakes everyone who waits, with the next notification and with none before', () => {
  const notifier = createNotifier()
  notifier.notify()
  const [one, two] = [notifier.next(), notifier.next()]
  expect([one.aborted, two.aborted]).toEqual([false, false])
  notifier.notify()
  expect([one.aborted, two.aborted]).toEqual([true, true])
  expect(notifier.next().aborted).toBe(false)
})
