import express from 'express'
import { FinAuthError, type FinAuthErrorCode } from '../../src/finauth/errors.js'
import { requestContext } from '../../src/http/context.js'
import { errorHandler } from '../../src/http/error-handler.js'
import { listen, type RunningServer } from '../../src/http/server.js'

let server: RunningServer | undefined

afterEach(() => server?.drain({ graceMs: 0 }))

it.each<[FinAuthErrorCode, number]>([
  ['upstream_rejected', 502],
  ['upstream_invalid_response', 502],
  ['upstream_unavailable', 503],
  ['upstream_overloaded', 503],
  ['upstream_timeout', 504],
])('a handler that throws a FinAuthError answers with the problem %s, HTTP %d', async (code, status) => {
  let error = new FinAuthError(code, 'not shown to callers', { retryAfterMs: 6500, vendorCode: 'NOT_SHOWN' })
  const unexpected: unknown[] = []
  const app = express()
  app.use(requestContext({ onEnd() {} }))
  app.get('/faces', async () => {
    throw error
  })
  const onUnexpectedError = (reason: unknown) => void unexpected.push(reason)
  app.use(errorHandler({ isShuttingDown: () => false, onUnexpectedError }))
  server = await listen(app, { host: '127.0.0.1', port: 0 })
  const response = await fetch(`http://127.0.0.1:${server.port}/faces`)
  expect([response.status, response.headers.get('retry-after')]).toEqual([status, '7'])
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  const body = await response.text()
  expect(JSON.parse(body)).toMatchObject({ code, status, retryAfterSeconds: 7 })
  expect(body).not.toMatch(/not shown/i)
  error = new FinAuthError(code, 'without a time')
  expect((await fetch(`http://127.0.0.1:${server.port}/faces`)).headers.get('retry-after')).toBe('1')
  expect(unexpected).toEqual([])
})
