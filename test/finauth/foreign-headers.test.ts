import { requestWithoutForeignHeaders } from '../../src/finauth/attempt.js'
import { closeAll, connect, example } from './finauth-fixtures.js'

afterEach(closeAll)

it('a request carries nothing beyond the headers that FinAuth may see', async () => {
  const { upstream } = await connect([example])
  const headers = { accept: 'text/plain', traceparent: '00-1-2-01', baggage: 'a=b', cookie: 'c=d' }
  await new Promise<void>((resolve) => {
    requestWithoutForeignHeaders({ host: '127.0.0.1', port: upstream.port, headers }, (response) => {
      response.resume().once('end', resolve)
    }).end()
  })
  expect(Object.keys(upstream.calls[0]?.headers ?? {}).toSorted()).toEqual(['accept', 'connection', 'host'])
})
