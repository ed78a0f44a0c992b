// Preloaded into a replica, so that one vendor host name resolves to a separate proxy for each replica: replicas of one fleet
// have the same base URL.
import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'

const address = process.env.OWN_LOOPBACK
const systemLookup = dns.lookup

dns.lookup = (host, options, callback) => {
  if (typeof options === 'function') return dns.lookup(host, {}, options)
  if (host !== 'localhost') return systemLookup(host, options, callback)
  process.nextTick(() => (options.all ? callback(null, [{ address, family: 4 }]) : callback(null, address, 4)))
}
syncBuiltinESMExports()
