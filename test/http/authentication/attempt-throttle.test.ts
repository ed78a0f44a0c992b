import type { IncomingMessage } from 'node:http'
import { createAttemptThrottle } from '../../../src/http/authentication/attempt-throttle.js'
import { createRateLimiter } from '../../../src/http/rate-limit.js'

const requestFrom = (remoteAddress: string) => ({ socket: { remoteAddress } }) as IncomingMessage

it('failures count against the socket address if no other address is known', () => {
  const throttle = createAttemptThrottle(createRateLimiter({ perMinute: 2 }))
  for (let n = 0; n < 2; n++) throttle.failed(requestFrom('192.0.2.1'))
  expect(() => throttle.admit(requestFrom('192.0.2.1'))).toThrow(
    expect.objectContaining({
      code: 'rate_limited',
      options: expect.objectContaining({ reason: 'too_many_failures', retryAfterSeconds: 60 }),
    }),
  )
  expect(() => throttle.admit(requestFrom('192.0.2.2'))).not.toThrow()
})
