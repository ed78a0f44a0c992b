import { setTimeout as delay } from 'node:timers/promises'
import type { Behaviour } from '../../src/simulator/behaviour.js'
import { type FinAuthSimulator, startFinAuthSimulator } from '../../src/simulator/finauth-simulator.js'
import { failures } from '../../src/simulator/failures.js'
import { wrongShapes } from '../../src/simulator/wrong-bodies.js'
import { eventually } from '../snapshot-cache/eventually.js'
import { type MintedCertificate, mintCertificate } from '../support/self-signed.js'
import { type BlackHole, openBlackHole } from './black-hole.js'
import type { Fault } from './fault.js'
import { type RawVendor, startRawVendor } from './raw-vendor.js'
import { failedCalls, type Stand, vendorName } from './stand.js'

const exampleNames = /^(TestUserSet|MegviiInternLibrary)|^$/

/** A fault that some replica must have met at least `times` times. */
function met(fault: Omit<Fault, 'noticed'>, { times = 1, series = failedCalls } = {}): Fault {
  let before = 0
  return {
    ...fault,
    async inject(stand) {
      before = await stand.counted(series)
      await fault.inject(stand)
    },
    noticed: async (stand) => (await stand.counted(series)) >= before + times,
  }
}

/** The vendor does as told with every call until the fault is healed. */
function behaviour(name: string, how: Behaviour | string, more: Partial<Fault> = {}): Fault {
  return met({
    name: `vendor: ${name}`,
    inject: ({ simulator }) => simulator.set(how),
    heal: ({ simulator }) => simulator.set('normal'),
    ...more,
  })
}

/** Each behaviour for one call, until all of them have been met. */
function inTurn(name: string, all: readonly (Behaviour | string)[], more: Partial<Fault> = {}): Fault {
  let seen = 0
  return {
    name: `vendor: ${name}`,
    inject({ simulator }) {
      seen = simulator.calls().total
      for (const one of all) simulator.set(one, { times: 1 })
    },
    during: ({ simulator }) => eventually(() => simulator.calls().total >= seen + all.length || null, 90_000),
    heal: ({ simulator }) => simulator.set('normal'),
    ...more,
  }
}

async function everyWire(stand: Stand, act: (wire: Stand['fleet']['wires'][number]) => unknown): Promise<void> {
  await Promise.all(stand.fleet.wires.map(act))
}

/** The same vendor with a certificate that nobody should accept. */
function certificate(name: string, choose: (stand: Stand) => MintedCertificate): Fault {
  let impostor: FinAuthSimulator
  return met({
    name: `vendor: TLS, ${name}`,
    async inject(stand) {
      impostor = await startFinAuthSimulator({ tls: choose(stand) })
      await everyWire(stand, (wire) => wire.leadTo(impostor.port))
    },
    async heal(stand) {
      await everyWire(stand, (wire) => wire.restore())
      if (impostor.calls().total > 0) throw new Error('somebody called a vendor that had not proved itself')
      await impostor.close()
    },
  })
}

/** Bytes that a vendor's server of this name would never send. */
function raw(name: string, reply: string): Fault {
  let vendor: RawVendor
  return met({
    name: `vendor: ${name}`,
    async inject(stand) {
      vendor = await startRawVendor({ ...stand.certificates.right, reply })
      await everyWire(stand, (wire) => wire.leadTo(vendor.port))
    },
    async heal(stand) {
      await everyWire(stand, (wire) => wire.restore())
      await vendor.close()
    },
  })
}

function redirect(): Fault {
  let elsewhere: FinAuthSimulator
  return met({
    name: 'vendor: redirect to elsewhere, not followed',
    async inject({ simulator, certificates }) {
      elsewhere = await startFinAuthSimulator({ tls: certificates.right })
      simulator.set({
        kind: 'redirect',
        location: `https://${vendorName}:${elsewhere.port}/finauth/search/group/group_list`,
      })
    },
    async heal({ simulator }) {
      simulator.set('normal')
      const followed = elsewhere.calls().total
      await elsewhere.close()
      if (followed > 0) throw new Error('the form was carried along to where a redirect led')
    },
  })
}

function connectHang(): Fault {
  let hole: BlackHole
  return met({
    name: 'vendor: connecting hangs',
    async inject(stand) {
      await everyWire(stand, (wire) => wire.refuse())
      hole = await openBlackHole(stand.fleet.wires.map(({ port }) => port))
    },
    async heal(stand) {
      await hole.close()
      await everyWire(stand, (wire) => wire.restore())
    },
  })
}

const tell = (stand: Stand, message: object) => Promise.all(stand.replicas.map((replica) => replica.tell(message)))
const okHead = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'
const rows = Object.keys(failures)
const shapes = Object.keys(wrongShapes) as (keyof typeof wrongShapes)[]

export const vendorFaults: readonly Fault[] = [
  met({
    name: 'vendor: refused',
    inject: (stand) => everyWire(stand, (wire) => wire.refuse()),
    heal: (stand) => everyWire(stand, (wire) => wire.restore()),
  }),
  met({
    name: 'vendor: name does not resolve',
    async inject(stand) {
      await tell(stand, { command: 'names', resolve: false })
      await everyWire(stand, async (wire) => {
        await wire.refuse()
        await wire.restore()
      })
    },
    heal: (stand) => tell(stand, { command: 'names', resolve: true }),
  }),
  connectHang(),
  met({
    name: 'vendor: TLS handshake hangs',
    async inject(stand) {
      await everyWire(stand, (wire) => wire.cut())
      await everyWire(stand, (wire) => wire.holdUp())
    },
    heal: (stand) => everyWire(stand, (wire) => wire.restore()),
  }),
  certificate('wrong name', ({ certificates }) => certificates.wrongName),
  certificate('expired', ({ certificates }) => certificates.expired),
  certificate('self-signed', () => mintCertificate(vendorName)),
  behaviour('headers hang', { kind: 'hang', phase: 'before_headers' }),
  behaviour('body hangs', { kind: 'hang', phase: 'mid_body' }),
  behaviour('body trickles', { kind: 'trickle', pieceBytes: 1, intervalMs: 1000 }),
  behaviour('reset', { kind: 'reset', phase: 'mid_body' }),
  behaviour('body cut off', { kind: 'cut_off', framing: 'chunked' }),
  behaviour('length too great', { kind: 'cut_off', framing: 'content_length' }),
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
  behaviour('HTML and 502', 'html'),
  redirect(),
  inTurn(`${rows.length} rows of the failure table`, rows),
  behaviour('error with status 200', 'error_with_200'),
  {
    name: 'vendor: clock 10 min ahead',
    inject: ({ simulator }) => simulator.setClockOffset(600),
    heal: ({ simulator }) => simulator.setClockOffset(0),
  },
  {
    name: 'vendor: clock 10 min behind',
    inject: ({ simulator }) => simulator.setClockOffset(-600),
    heal: ({ simulator }) => simulator.setClockOffset(0),
  },
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
  {
    name: 'vendor: slower and slower',
    inject: () => {},
    async during({ simulator }) {
      for (const delayMs of [100, 300, 500, 700, 900]) {
        simulator.set({ kind: 'normal', delayMs })
        await delay(700)
      }
    },
    heal: ({ simulator }) => simulator.set('normal'),
  },
]
