import { describeFaults } from './describe-faults.js'
import { clusterFaults, redisFaults, sentinelFaults } from './redis.js'
import { startClusterRedis, startSentinelRedis, startSingleRedis } from './shared-redis.js'

describeFaults('while Redis errs', { faults: redisFaults, startRedis: startSingleRedis })
describeFaults('while a sentinel set errs', { faults: sentinelFaults, startRedis: startSentinelRedis })
describeFaults('while a cluster errs', { faults: clusterFaults, startRedis: startClusterRedis })
