import { describeFaults, isLong } from './describe-faults.js'
import { startSingleRedis } from './shared-redis.js'
import { outage, vendorFaults } from './vendor.js'

describeFaults('while the vendor errs', {
  faults: vendorFaults({ shapes: isLong ? 60 : 5 }),
  startRedis: startSingleRedis,
})
describeFaults('while no copy is left', { faults: [outage], startRedis: startSingleRedis, staleMs: 10_000 })
