import { describeFaults } from './describe-faults.js'
import { serviceFaults } from './service.js'
import { startSingleRedis } from './shared-redis.js'

describeFaults('service faults', { faults: serviceFaults, startRedis: startSingleRedis })
