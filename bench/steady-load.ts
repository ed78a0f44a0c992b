import { Agent, get } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

/**
 * Sends requests at a steady rate, however long answers take, and prints the latencies from the moment each request was
 * due. The first half second does not count, because connections are opened and code is not optimised yet. Entry point
 * of a separate process: STEADY_LOAD is a `SteadyLoad` as JSON.
 */
export interface SteadyLoad {
  readonly url: string
  readonly tokens: readonly string[]
  readonly requestsPerSecond: number
  readonly seconds: number
}

export interface SteadyResult {
  readonly requests: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  readonly faults: number
}

const { url, tokens, requestsPerSecond, seconds } = JSON.parse(process.env['STEADY_LOAD'] ?? '') as SteadyLoad
const agent = new Agent({ keepAlive: true, maxSockets: 64 })
const latencies: number[] = []
const answered: Promise<void>[] = []
let faults = 0
const warmUpMs = 500

function ask(afterMs: number, turn: number): Promise<void> {
  const headers = { authorization: `Bearer ${tokens[turn % tokens.length]}` }
  return new Promise((resolve) => {
    get(url, { agent, headers }, (response) => {
      if (response.statusCode !== 200) faults += 1
      response.resume()
      response.on('close', () => {
        if (afterMs >= warmUpMs) latencies.push(performance.now() - startedAt - afterMs)
        resolve()
      })
    }).on('error', () => {
      faults += 1
      resolve()
    })
  })
}

const requests = requestsPerSecond * seconds + (requestsPerSecond * warmUpMs) / 1000
const startedAt = performance.now()
for (let turn = 0; turn < requests; ) {
  const due = Math.floor(((performance.now() - startedAt) * requestsPerSecond) / 1000)
  for (; turn < Math.min(due, requests); turn += 1) {
    answered.push(ask((turn * 1000) / requestsPerSecond, turn))
  }
  await delay(1)
}
await Promise.all(answered)
latencies.sort((a, b) => a - b)
const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0
const result: SteadyResult = {
  requests: latencies.length,
  p50Ms: at(0.5),
  p99Ms: at(0.99),
  maxMs: at(1),
  faults,
}
console.log(JSON.stringify(result))
agent.destroy()
