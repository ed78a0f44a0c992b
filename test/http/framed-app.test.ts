import express from 'express'
import { frameApp } from '../../src/http/framed-app.js'
import { reply } from '../../src/http/reply.js'
import { listen, type RunningServer } from '../../src/http/server.js'

let server: RunningServer | undefined

afterEach(() => server?.drain({ graceMs: 0 }))

async function serve(onUnexpectedError: () => void): Promise<string> {
  const app = express()
  app.get('/fails', () => {
    throw new Error('nobody foresaw this')
  })
  app.get('/fails-afterwards', (_request, response) => {
    reply(response, { status: 200, body: 'done' })
    throw new Error('nobody foresaw this')
  })
  const framed = frameApp(app, { onEnd() {}, isShuttingDown: () => false, onUnexpectedError })
  server = await listen(framed, { host: '127.0.0.1', port: 0 })
  return `http://127.0.0.1:${server.port}`
}

it('answers a route that fails, and one that is not there, with a problem', async () => {
  const url = await serve(() => {})
  const answers = [await fetch(`${url}/fails`), await fetch(`${url}/none`)]
  expect(answers.map(({ status }) => status)).toEqual([500, 404])
  expect(answers.map(({ headers }) => headers.get('content-type'))).toEqual([
    'application/problem+json',
    'application/problem+json',
  ])
})

it('cuts a request that fails after its answer was given, and goes on', async () => {
  let unexpected = 0
  const url = await serve(() => (unexpected += 1))
  await expect(fetch(`${url}/fails-afterwards`)).rejects.toThrow('fetch failed')
  expect(unexpected).toBe(1)
  expect((await fetch(`${url}/none`)).status).toBe(404)
})

it('cuts a request whose problem cannot be told, and goes on', async () => {
  const url = await serve(() => {
    throw new Error('neither this')
  })
  await expect(fetch(`${url}/fails`)).rejects.toThrow('fetch failed')
  expect((await fetch(`${url}/none`)).status).toBe(404)
})
