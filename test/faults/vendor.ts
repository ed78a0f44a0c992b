import { setTimeout as delay } from 'node:timers/promises'
import type { Behaviour } from '../../simulator/behaviour.js'
import { type FinAuthSimulator, startFinAuthSimulator } from '../../simulator/finauth-simulator.js'
import { failures, wrongShapes } from '../../simulator/answers.js'
import { waitFor } from '../support/wait-for.js'
import { type TestCertificate, createCertificate } from '../support/certificates.js'
import { type UnresponsivePorts, openUnresponsivePorts, type RawVendor, startRawVendor } from './broken-vendors.js'
import type { Fault } from './inject-fault.js'
import { misshapenList, createRandom } from './random-inputs.js'
import { failedCalls, type Deployment, vendorName } from './deployment.js'

/** The number of random variants of the vendor's document in one fault. */
export interface VendorNumbers {
  readonly shapes: number
}

const exampleNames = /^(TestUserSet|MegviiInternLibrary)|^$/

/** A fault that a replica must have met at least `times` times. */
function met(fault: Omit<Fault, 'noticed'>, { times = 1, series = failedCalls } = {}): Fault {
  let before = 0
  return {
    ...fault,
    async inject(deployment) {
      before = await deployment.counted(series)
      await fault.inject(deployment)
    },
    noticed: async (deployment) => (await deployment.counted(series)) >= before + times,
  }
}

/** Sets the vendor's behaviour for every call until the fault is healed. */
function behaviour(name: string, how: Behaviour | string, more: Partial<Fault> = {}): Fault {
  return met({
    name: `vendor: ${name}`,
    inject: ({ simulator }) => simulator.set(how),
    heal: ({ simulator }) => simulator.set('normal'),
    ...more,
  })
}

/** Each behaviour for one call, until all of them have occurred. */
function inTurn(name: string, all: readonly (Behaviour | string)[], more: Partial<Fault> = {}): Fault {
  let seen = 0
  return {
    name: `vendor: ${name}`,
    inject({ simulator }) {
      seen = simulator.calls().total
      for (const one of all) simulator.set(one, { times: 1 })
    },
    during: ({ simulator }) =>
      waitFor(() => simulator.calls().total >= seen + all.length || null, { timeoutMs: 90_000 }),
    heal: ({ simulator }) => simulator.set('normal'),
    ...more,
  }
}

async function everyProxy(
  deployment: Deployment,
  act: (proxy: Deployment['fleet']['proxies'][number]) => unknown,
): Promise<void> {
  await Promise.all(deployment.fleet.proxies.map(act))
}

/** The same vendor with a certificate that must not be accepted. */
function certificate(name: string, choose: (deployment: Deployment) => TestCertificate): Fault {
  let impostor: FinAuthSimulator
  return met({
    name: `vendor: TLS, ${name}`,
    async inject(deployment) {
      impostor = await startFinAuthSimulator({ tls: choose(deployment) })
      await everyProxy(deployment, (proxy) => proxy.leadTo(impostor.port))
    },
    async heal(deployment) {
      await everyProxy(deployment, (proxy) => proxy.restore())
      if (impostor.calls().total > 0) throw new Error('a replica called a vendor with an untrusted certificate')
      await impostor.close()
    },
  })
}

/** Bytes that a correct server would never send. */
function raw(name: string, reply: string): Fault {
  let vendor: RawVendor
  return met({
    name: `vendor: ${name}`,
    async inject(deployment) {
      vendor = await startRawVendor({ ...deployment.certificates.right, reply: () => reply })
      await everyProxy(deployment, (proxy) => proxy.leadTo(vendor.port))
    },
    async heal(deployment) {
      await everyProxy(deployment, (proxy) => proxy.restore())
      await vendor.close()
    },
  })
}

/** JSON documents that are almost the vendor's, different with each call. */
function randomShapes(count: number): Fault {
  const random = createRandom(count)
  let vendor: RawVendor
  return {
    name: `vendor: ${count} random shapes`,
    async inject(deployment) {
      const reply = (): string => {
        const body = misshapenList(random)
        return `${okHead}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
      }
      vendor = await startRawVendor({ ...deployment.certificates.right, reply })
      await everyProxy(deployment, (proxy) => proxy.leadTo(vendor.port))
    },
    during: () => waitFor(() => vendor.answered() >= count || null, { timeoutMs: 3000 * count }),
    async heal(deployment) {
      await everyProxy(deployment, (proxy) => proxy.restore())
      await vendor.close()
    },
    admits: /^fuzzed|^\0?$/u,
  }
}

/** No replica may connect to the target of the redirects, with or without the form. */
function redirects(): Fault {
  const statuses = [301, 302, 303, 307, 308] as const
  let elsewhere: RawVendor
  let seen = 0
  return {
    name: `vendor: ${statuses.length} redirects to elsewhere, not followed`,
    async inject({ simulator, certificates }) {
      elsewhere = await startRawVendor({ ...certificates.right, reply: () => '' })
      const location = `https://${vendorName}:${elsewhere.port}/finauth/search/group/group_list`
      seen = simulator.calls().total
      for (const status of statuses) simulator.set({ kind: 'redirect', status, location }, { times: 1 })
    },
    during: ({ simulator }) =>
      waitFor(() => simulator.calls().total >= seen + statuses.length || null, { timeoutMs: 30_000 }),
    async heal({ simulator }) {
      simulator.set('normal')
      const followed = elsewhere.connections()
      await elsewhere.close()
      if (followed > 0) throw new Error('a redirect was followed')
    },
  }
}

/** The vendor's clock is off by this much, and a replica has measured it. */
function clock(name: string, seconds: number): Fault {
  return {
    name: `vendor: clock ${name}`,
    inject: ({ simulator }) => simulator.setClockOffset(seconds),
    async noticed(deployment) {
      const skews = await deployment.metric(/^finauth_clock_skew_seconds /)
      return skews.some((skew) => Math.abs(skew - seconds) < 10)
    },
    heal: ({ simulator }) => simulator.setClockOffset(0),
  }
}

function connectHang(): Fault {
  let hole: UnresponsivePorts
  return met({
    name: 'vendor: connecting hangs',
    async inject(deployment) {
      await everyProxy(deployment, (proxy) => proxy.refuse())
      hole = await openUnresponsivePorts(deployment.fleet.proxies.map(({ port }) => port))
    },
    async heal(deployment) {
      await hole.close()
      await everyProxy(deployment, (proxy) => proxy.restore())
    },
  })
}

const sendToAll = (deployment: Deployment, message: object) =>
  Promise.all(deployment.replicas.map((replica) => replica.send(message)))
const okHead = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'
const rows = Object.keys(failures)
const shapes = Object.keys(wrongShapes) as (keyof typeof wrongShapes)[]

export const vendorFaults = ({ shapes: randomly }: VendorNumbers): readonly Fault[] => [
  met({
    name: 'vendor: refused',
    inject: (deployment) => everyProxy(deployment, (proxy) => proxy.refuse()),
    heal: (deployment) => everyProxy(deployment, (proxy) => proxy.restore()),
  }),
  met({
    name: 'vendor: name does not resolve',
    async inject(deployment) {
      await sendToAll(deployment, { command: 'names', resolve: false })
      await everyProxy(deployment, async (proxy) => {
        await proxy.refuse()
        await proxy.restore()
      })
    },
    heal: (deployment) => sendToAll(deployment, { command: 'names', resolve: true }),
  }),
  connectHang(),
  met({
    name: 'vendor: TLS handshake hangs',
    async inject(deployment) {
      await everyProxy(deployment, (proxy) => proxy.cut())
      await everyProxy(deployment, (proxy) => proxy.holdUp())
    },
    heal: (deployment) => everyProxy(deployment, (proxy) => proxy.restore()),
  }),
  certificate('wrong name', ({ certificates }) => certificates.wrongName),
  certificate('expired', ({ certificates }) => certificates.expired),
  certificate('self-signed', () => createCertificate(vendorName)),
  behaviour('headers hang', { kind: 'hang', phase: 'before_headers' }),
  behaviour('body hangs', { kind: 'hang', phase: 'mid_body' }),
  behaviour('body trickles', { kind: 'trickle', pieceBytes: 1, intervalMs: 1000 }),
  behaviour('reset', { kind: 'reset', phase: 'mid_body' }),
  behaviour('body cut off', { kind: 'cut_off', framing: 'chunked' }),
  behaviour('length too large', { kind: 'cut_off', framing: 'content_length' }),
  raw('length too small', `${okHead}Content-Length: 7\r\n\r\n{"group_infos":[]}`),
  raw('two lengths', `${okHead}Content-Length: 18\r\nContent-Length: 17\r\n\r\n{"group_infos":[]}`),
  raw('not HTTP', '220 mail.example.test ESMTP\r\n'),
  behaviour('gzip bomb', { kind: 'gzip_bomb' }),
  behaviour('200 MB', { kind: 'oversized', bytes: 200 * 1024 * 1024 }),
  met(
    {
      name: 'vendor: invalid UTF-8',
      inject: ({ simulator }) => simulator.set('invalid_utf8'),
      heal: ({ simulator }) => simulator.set('normal'),
      admits: /^\u{fffd}$|^$/u,
    },
    { series: /^finauth_contract_drift_total\{kind="invalid_text"/ },
  ),
  behaviour('invalid JSON', 'invalid_json'),
  inTurn(
    `${shapes.length} wrong shapes`,
    shapes.map((shape) => ({ kind: 'wrong_shape', shape })),
    { admits: exampleNames },
  ),
  randomShapes(randomly),
  behaviour('HTML and 502', 'html'),
  redirects(),
  inTurn(`${rows.length} rows of the failure table`, rows),
  behaviour('error with status 200', 'error_with_200'),
  clock('10 min ahead', 600),
  clock('10 min behind', -600),
  met({
    name: 'vendor: flapping every second',
    inject: () => {},
    async during({ simulator, paceMs }) {
      for (let flap = 1; flap <= paceMs / 500; flap += 1) {
        simulator.set(flap % 2 === 1 ? 'internal_error' : 'normal')
        await delay(1000)
      }
    },
    heal: ({ simulator }) => simulator.set('normal'),
  }),
  met({
    name: 'vendor: increasingly slow',
    inject: () => {},
    async during({ simulator }) {
      for (const delayMs of [100, 300, 500, 700, 900]) {
        simulator.set({ kind: 'normal', delayMs })
        await delay(700)
      }
    },
    heal: ({ simulator }) => simulator.set('normal'),
  }),
]

/** Only for a deployment with short-lived copies: once none is left, and not before, failures are valid answers. */
export const outage: Fault = {
  name: 'vendor: unavailable for longer than any copy may be served',
  async inject(deployment) {
    await everyProxy(deployment, (proxy) => proxy.refuse())
    deployment.checker.outageBegins()
    // from now on a copy of the older list with a young age is wrong
    deployment.changeList()
  },
  noticed: async ({ checker }) => checker.failuresPassed() > 0,
  heal: (deployment) => everyProxy(deployment, (proxy) => proxy.restore()),
}
