import { describeFaults } from './describe-faults.js'
import { clusterFaults, redisFaults, sentinelFaults } from './redis.js'
import { startClusterRedis, startSentinelRedis, startSingleRedis } from './shared-redis.js'

describeFaults('Redis faults', { faults: redisFaults, startRedis: startSingleRedis })
describeFaults('Sentinel faults', { faults: sentinelFaults, startRedis: startSentinelRedis })
describeFaults('cluster faults', { faults: clusterFaults, startRedis: startClusterRedis })
