import { startFinAuthSimulator } from '../../simulator/finauth-simulator.js'
import { useSimulator } from '../support/upstream.js'
import { rawCall } from './raw-call.js'

const simulator = useSimulator()
const contentLength = (head: string) => Number(/content-length: (\d+)/i.exec(head)?.[1])

it('hangs before the headers: nothing arrives until the client disconnects', async () => {
  simulator().set('hang')
  expect(await rawCall(simulator().port, { timeoutMs: 1_000 })).toMatchObject({ received: '', end: 'gave_up' })
  expect(simulator().calls().accepted).toBe(1)
})

it('hangs after the headers', async () => {
  simulator().set({ kind: 'hang', phase: 'after_headers' })
  const answer = await rawCall(simulator().port, { timeoutMs: 1_000 })
  expect(answer).toMatchObject({ body: '', end: 'gave_up' })
  expect(contentLength(answer.head)).toBeGreaterThan(100)
})

it('hangs in the middle of the body', async () => {
  simulator().set({ kind: 'hang', phase: 'mid_body' })
  const { head, body, end } = await rawCall(simulator().port, { timeoutMs: 1_000 })
  expect(end).toBe('gave_up')
  expect(body.length).toBe(Math.ceil(contentLength(head) / 2))
})

it('resets the connection before the headers', async () => {
  simulator().set('reset')
  expect(await rawCall(simulator().port)).toMatchObject({ received: '', end: 'ECONNRESET' })
})

it('resets the connection in the middle of the body', async () => {
  simulator().set({ kind: 'reset', phase: 'mid_body' })
  expect((await rawCall(simulator().port)).end).toBe('ECONNRESET')
})

it('cuts the body off before its Content-Length', async () => {
  simulator().set('cut_off')
  const { head, body, end } = await rawCall(simulator().port)
  expect(end).toBe('fin')
  expect(body.length).toBe(Math.ceil(contentLength(head) / 2))
})

it('cuts the body off without the last chunk', async () => {
  simulator().set({ kind: 'cut_off', framing: 'chunked' })
  const { head, body, end } = await rawCall(simulator().port)
  expect(head).toContain('Transfer-Encoding: chunked')
  expect(body).toContain('group_infos')
  expect(body).not.toContain('\r\n0\r\n')
  expect(end).toBe('fin')
})

it('trickles the complete body in pieces', async () => {
  simulator().set({ kind: 'trickle', pieceBytes: 100, intervalMs: 15 })
  const { head, body, pieces } = await rawCall(simulator().port)
  expect(body.length).toBe(contentLength(head))
  expect(pieces).toBeGreaterThan(1)
})

it('ends hanging calls when it is closed', async () => {
  const own = await startFinAuthSimulator({ behaviour: { kind: 'hang', phase: 'after_headers' } })
  let closing: Promise<void> | undefined
  const answer = await rawCall(own.port, {
    saw: () => {
      closing ??= own.close()
    },
  })
  await closing
  expect(answer.end).not.toBe('gave_up')
  await expect(rawCall(own.port)).resolves.toMatchObject({ end: 'ECONNREFUSED' })
})
