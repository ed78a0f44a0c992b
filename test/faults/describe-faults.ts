import { mkdirSync, writeFileSync } from 'node:fs'
import type { TokenIssuer } from '../../simulator/token-issuer.js'
import { describeWithProgram } from '../deploy/describe-with-program.js'
import { type BuiltService, buildService } from '../support/built-service.js'
import { type Fault, type HeldResources, heldResourcesOf, injectFault, type Outcome } from './inject-fault.js'
import { createRandom } from './random-inputs.js'
import type { SharedRedis } from './shared-redis.js'
import { type Deployment, startDeployment, startDeploymentLoad } from './deployment.js'
import type { SteadyLoad } from '../support/steady-load.js'

export interface DeploymentPlan<R extends SharedRedis> {
  readonly startRedis: () => Promise<R>
  readonly environment?: (issuer: TokenIssuer) => Record<string, string>
  readonly staleMs?: number
  /** Called before the first request of the load. */
  readonly prepare?: (deployment: Deployment<R>) => Promise<void>
}

/** FAULTS=long runs longer; otherwise everything is short enough for every change. */
export const isLong = process.env['FAULTS'] === 'long'

/** One test per fault, sequentially on one deployment; the outcomes are printed as a table at the end. */
export function describeFaults<R extends SharedRedis>(
  title: string,
  plan: DeploymentPlan<R> & { readonly faults: readonly Fault<R>[] },
): void {
  describeDeployment(title, plan, (runFault) => {
    it.each(plan.faults.map((fault) => [fault.name, fault] as const))(
      'answers every request correctly: %s',
      async (_, fault) => {
        const { requests, wrong } = await runFault(fault)
        expect(requests).toBeGreaterThan(20)
        expect(wrong).toEqual([])
      },
      180_000,
    )
  })
}

/** Random faults from a pool, deterministic per seed, sequentially on one deployment until the time is over. */
export function describeSoak<R extends SharedRedis>(
  title: string,
  plan: DeploymentPlan<R> & { readonly pool: readonly Fault<R>[]; readonly minutes: number; readonly seed: number },
): void {
  const { pool, minutes, seed } = plan
  const lastsMs = minutes * 60_000
  describeDeployment(title, plan, (runFault) => {
    it(
      `answers every request correctly for ${minutes} minutes of random faults (SOAK_SEED=${seed})`,
      async () => {
        const random = createRandom(seed)
        const wrong: string[] = []
        const end = performance.now() + lastsMs
        while (performance.now() < end) {
          const fault = pool[Math.floor(random() * pool.length)] as Fault<R>
          const outcome = await runFault(fault)
          wrong.push(...outcome.wrong.map((what) => `${fault.name}: ${what}`))
        }
        expect(wrong).toEqual([])
      },
      lastsMs + 180_000,
    )
  })
}

type RunFault<R extends SharedRedis> = (fault: Fault<R>) => Promise<Outcome>

function describeDeployment<R extends SharedRedis>(
  title: string,
  plan: DeploymentPlan<R>,
  tests: (runFault: RunFault<R>) => void,
): void {
  describeWithProgram('nginx', title, (nginx) => {
    const outcomes: Outcome[] = []
    let built: BuiltService
    let deployment: Deployment<R> | undefined
    let load: SteadyLoad | undefined
    let before: HeldResources

    beforeAll(async () => {
      built = await buildService()
      const { startRedis, environment, staleMs } = plan
      const [main, redis] = [built.entryPoint('main.js'), await startRedis()]
      const paceMs = isLong ? 10_000 : 1000
      deployment = await startDeployment({ main, nginx, redis, paceMs, staleMs, ...(environment && { environment }) })
      await plan.prepare?.(deployment)
      await deployment.shows(deployment.changeList(), 20_000)
      load = startDeploymentLoad(deployment)
      before = await heldResourcesOf(deployment)
    }, 60_000)
    afterAll(async () => {
      await load?.stop()
      await deployment?.stop()
    }, 60_000)

    tests(async (fault) => {
      if (deployment === undefined || load === undefined) throw new Error('the deployment has not been started')
      const outcome = await injectFault(fault, { deployment, load, before })
      outcomes.push(outcome)
      mkdirSync('reports/faults', { recursive: true })
      writeFileSync(
        `reports/faults/${title.replaceAll(/\W+/g, '-')}.json`,
        JSON.stringify({ title, before, outcomes }, null, 1),
      )
      return outcome
    })
  })
}
