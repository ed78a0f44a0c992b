import { describeFaults, isLong } from './describe-faults.js'
import { startSingleRedis } from './shared-redis.js'
import { outage, vendorFaults } from './vendor.js'

describeFaults('vendor faults', {
  faults: vendorFaults({ shapes: isLong ? 60 : 5 }),
  startRedis: startSingleRedis,
})
describeFaults('no copy left', { faults: [outage], startRedis: startSingleRedis, staleMs: 10_000 })
