import { type FinAuthSimulator, startFinAuthSimulator } from '../../simulator/finauth-simulator.js'
import { type BuiltService, buildService } from '../support/built-service.js'
import { leakDetector } from '../support/leak-detector.js'
import { type ProcessFleet, prepareFleet } from '../support/replicas.js'

let built: BuiltService
let simulator: FinAuthSimulator
let fleet: ProcessFleet
beforeAll(async () => {
  ;[built, simulator] = await Promise.all([buildService(), startFinAuthSimulator()])
  fleet = await prepareFleet({ main: built.entryPoint('main.js'), size: 1, vendorPort: simulator.port, leakDetector })
}, 120_000)
afterAll(async () => {
  for (const replica of fleet.replicas) if (replica.isRunning()) await replica.kill()
  await fleet.stop()
  await simulator.close()
})

it('serves and shuts down while the disk of its log is full', async () => {
  const [replica] = fleet.replicas
  await replica!.start({ standardOutput: '/dev/full' })
  for (let times = 0; times < 20; times += 1) expect(await fleet.ask(replica!)).toMatchObject({ status: 200 })
  expect(await replica!.terminate()).toBe(0)
}, 60_000)
