// Preloaded into a service under test for faults that cannot be injected from outside: wrong clocks, names that do not
// resolve, a blocked event loop. The service is unaware of it.
import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import { setImmediate as turn } from 'node:timers/promises'
import { isMainThread } from 'node:worker_threads'

const systemLookup = dns.lookup
const systemNow = Date.now
const SystemDate = Date
let clockOffsetMs = 0
let namesResolve = true
const ownLoopback = process.env.OWN_LOOPBACK ?? '127.0.0.1'

Date.now = () => systemNow() + clockOffsetMs
globalThis.Date = new Proxy(SystemDate, {
  construct: (target, given, self) => Reflect.construct(target, given.length === 0 ? [Date.now()] : given, self),
})

dns.lookup = (host, options, callback) => {
  if (typeof options === 'function') return dns.lookup(host, {}, options)
  if (!host.endsWith('.test')) return systemLookup(host, options, callback)
  process.nextTick(() => {
    if (!namesResolve) {
      const error = new Error(`getaddrinfo ENOTFOUND ${host}`)
      callback(Object.assign(error, { code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname: host }))
    } else if (options.all) callback(null, [{ address: ownLoopback, family: 4 }])
    else callback(null, ownLoopback, 4)
  })
}
syncBuiltinESMExports()

const commands = {
  clock({ offsetMs }) {
    clockOffsetMs = offsetMs
  },
  names({ resolve }) {
    namesResolve = resolve
  },
  block({ ms }) {
    const end = performance.now() + ms
    while (performance.now() < end);
  },
  async memory() {
    for (let round = 0; round < 3; round += 1) {
      globalThis.gc()
      await turn()
    }
    const { heapUsed, external } = process.memoryUsage()
    return { heldBytes: heapUsed + external }
  },
}

// Worker threads of the service load this module too, but have no parent to communicate with.
if (isMainThread) {
  process.on('message', async (message) => {
    process.send((await commands[message.command](message)) ?? {})
  })
  // The service must not outlive the test, nor be kept alive by it.
  process.on('disconnect', () => process.exit(1))
  process.channel.unref()
}
