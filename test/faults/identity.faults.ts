import { describeFaults, isLong } from './describe-faults.js'
import { giveToken, identityEnvironment, identityFaults } from './identity.js'
import { startSingleRedis } from './shared-redis.js'

describeFaults('identity provider faults', {
  faults: identityFaults({ tokens: isLong ? 10_000 : 2000 }),
  startRedis: startSingleRedis,
  environment: identityEnvironment,
  prepare: giveToken,
})
