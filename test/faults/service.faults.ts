import { describeFaults } from './describe-faults.js'
import { serviceFaults } from './service.js'
import { startSingleRedis } from './shared-redis.js'

describeFaults('while the service itself is hurt', { faults: serviceFaults, startRedis: startSingleRedis })
