import { Histogram, Registry } from 'prom-client'
import { createRequestDurations } from '../../src/operations/request-durations.js'

const name = 'http_request_duration_seconds'

const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

it('are written just as the library’s own histogram would have written them', async () => {
  const ours = new Registry()
  const durations = createRequestDurations(ours)
  const requests = [
    { method: 'GET', route: '/api/face-groups', status: 200, durationSeconds: 0.000_4 },
    { method: 'GET', route: '/api/face-groups', status: 200, durationSeconds: 0.001 },
    { method: 'GET', route: '/api/face-groups', status: 304, durationSeconds: 0.007 },
    { method: 'HEAD', route: '/api/face-groups', status: 200, durationSeconds: 61.5 },
    { method: 'GET', route: '/api/face-groups/{groupId}', status: 200, durationSeconds: 10 },
    { method: 'GET', route: '/api/face-groups', status: 200, durationSeconds: 0.3 },
  ]
  for (const request of requests) durations.observe(request)

  const theirs = new Registry()
  const histogram = new Histogram({
    name,
    help: 'Time from the request’s headers to the end of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets,
    registers: [theirs],
  })
  for (const { durationSeconds, ...labels } of requests) histogram.observe(labels, durationSeconds)
  expect(await ours.metrics()).toBe(await theirs.metrics())
})
