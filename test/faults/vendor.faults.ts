import { describeFaults } from './describe-faults.js'
import { startSingleRedis } from './shared-redis.js'
import { vendorFaults } from './vendor.js'

describeFaults('while the vendor errs', { faults: vendorFaults, startRedis: startSingleRedis })
