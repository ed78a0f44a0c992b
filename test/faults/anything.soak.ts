import { clientFaults } from './clients.js'
import { describeSoak } from './describe-faults.js'
import { giveToken, identityEnvironment, identityFaults } from './identity.js'
import { clusterFaults, redisFaults, sentinelFaults } from './redis.js'
import { serviceFaults } from './service.js'
import { startClusterRedis, startSentinelRedis, startSingleRedis } from './shared-redis.js'
import { vendorFaults } from './vendor.js'

// Not for every change: random faults of all families for SOAK_MINUTES (20), then for a fifth of that with Sentinel and
// with a cluster. It detects what builds up over time, e.g. memory and descriptors. SOAK_SEED repeats the same
// sequence; the timing still depends on the machine.
const minutes = Number(process.env['SOAK_MINUTES'] ?? 20)
const seed = Number(process.env['SOAK_SEED'] ?? Date.now() % 1_000_000)

const everywhere = [
  ...vendorFaults({ shapes: 5 }),
  ...serviceFaults,
  ...clientFaults({ connections: 3000, fuzzed: 3000 }),
]

describeSoak('a soak with one Redis and tokens', {
  minutes,
  seed,
  // fuzzed requests contain unknown keys as well
  pool: [...everywhere, ...redisFaults, ...identityFaults({ tokens: 2000 })],
  startRedis: startSingleRedis,
  environment: identityEnvironment,
  prepare: giveToken,
})
describeSoak('a soak with a sentinel set', {
  minutes: minutes / 5,
  seed,
  pool: often(sentinelFaults),
  startRedis: startSentinelRedis,
})
describeSoak('a soak with a cluster', {
  minutes: minutes / 5,
  seed,
  pool: often(clusterFaults),
  startRedis: startClusterRedis,
})

/** As many of them as of all others together. */
function often<F>(faults: readonly F[]) {
  const times = Math.ceil(everywhere.length / faults.length)
  return [...everywhere, ...Array.from({ length: times }, () => faults).flat()]
}
