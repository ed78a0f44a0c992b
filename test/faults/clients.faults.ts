import { clientFaults } from './clients.js'
import { describeFaults, isLong } from './describe-faults.js'
import { startSingleRedis } from './shared-redis.js'

describeFaults('client faults', {
  faults: clientFaults(isLong ? { connections: 10_000, fuzzed: 20_000 } : { connections: 3000, fuzzed: 3000 }),
  startRedis: startSingleRedis,
})
