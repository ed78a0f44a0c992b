import { clientFaults } from './clients.js'
import { describeFaults } from './describe-faults.js'
import type { Fault } from './fault.js'
import { redisFaults } from './redis.js'
import { createRandom } from './seeded-random.js'
import { serviceFaults } from './service.js'
import { type SingleRedis, startSingleRedis } from './shared-redis.js'
import { vendorFaults } from './vendor.js'

const minutes = Number(process.env['SOAK_MINUTES'] ?? 20)
const seed = Number(process.env['SOAK_SEED'] ?? Date.now() % 1_000_000)
/** On average, from one fault to the next. */
const secondsEach = 5

const pool: readonly Fault<SingleRedis>[] = [
  ...vendorFaults,
  ...redisFaults,
  ...serviceFaults,
  ...clientFaults({ connections: 3000, fuzzed: 3000 }),
]
const random = createRandom(seed)
const faults = Array.from(
  { length: Math.ceil((minutes * 60) / secondsEach) },
  () => pool[Math.floor(random() * pool.length)] as Fault<SingleRedis>,
)

describeFaults(`for ${minutes} minutes in which anything happens (SOAK_SEED=${seed})`, {
  faults,
  startRedis: startSingleRedis,
})
