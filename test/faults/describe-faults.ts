import { mkdirSync, writeFileSync } from 'node:fs'
import type { TokenIssuer } from '../../src/simulator/token-issuer.js'
import { describeWithProgram } from '../deploy/describe-with-program.js'
import { type BuiltService, buildService } from '../support/built-service.js'
import type { Fault, Outcome, Possessions } from './fault.js'
import { injectFault, possessionsOf } from './inject-fault.js'
import { createRandom } from './seeded-random.js'
import type { SharedRedis } from './shared-redis.js'
import { type Stand, startStand } from './stand.js'
import type { SteadyLoad } from '../support/steady-load.js'
import { startStandLoad } from './stand-load.js'

export interface StandPlan<R extends SharedRedis> {
  readonly startRedis: () => Promise<R>
  readonly environment?: (issuer: TokenIssuer) => Record<string, string>
  readonly staleMs?: number
  /** Before the first request of the load. */
  readonly prepare?: (stand: Stand<R>) => Promise<void>
}

/** FAULTS=long takes its time; otherwise all is short enough for every change. */
export const isLong = process.env['FAULTS'] === 'long'

/** One test per fault, one after the other on one stand; what came of them goes to the table at the end. */
export function describeFaults<R extends SharedRedis>(
  title: string,
  plan: StandPlan<R> & { readonly faults: readonly Fault<R>[] },
): void {
  describeStand(title, plan, (suffer) => {
    it.each(plan.faults.map((fault) => [fault.name, fault] as const))(
      'answers every request correctly: %s',
      async (_, fault) => {
        const { requests, wrong } = await suffer(fault)
        expect(requests).toBeGreaterThan(20)
        expect(wrong).toEqual([])
      },
      180_000,
    )
  })
}

/** Faults drawn from a pool, the same for the same seed, one after the other on one stand until the time is over. */
export function describeSoak<R extends SharedRedis>(
  title: string,
  plan: StandPlan<R> & { readonly pool: readonly Fault<R>[]; readonly minutes: number; readonly seed: number },
): void {
  const { pool, minutes, seed } = plan
  const lastsMs = minutes * 60_000
  describeStand(title, plan, (suffer) => {
    it(
      `holds for ${minutes} minutes in which anything happens (SOAK_SEED=${seed})`,
      async () => {
        const random = createRandom(seed)
        const wrong: string[] = []
        const end = performance.now() + lastsMs
        while (performance.now() < end) {
          const fault = pool[Math.floor(random() * pool.length)] as Fault<R>
          const outcome = await suffer(fault)
          wrong.push(...outcome.wrong.map((what) => `${fault.name}: ${what}`))
        }
        expect(wrong).toEqual([])
      },
      lastsMs + 180_000,
    )
  })
}

type Suffer<R extends SharedRedis> = (fault: Fault<R>) => Promise<Outcome>

function describeStand<R extends SharedRedis>(
  title: string,
  plan: StandPlan<R>,
  tests: (suffer: Suffer<R>) => void,
): void {
  describeWithProgram('nginx', title, (nginx) => {
    const outcomes: Outcome[] = []
    let built: BuiltService
    let stand: Stand<R> | undefined
    let load: SteadyLoad | undefined
    let before: Possessions

    beforeAll(async () => {
      built = await buildService()
      const { startRedis, environment, staleMs } = plan
      const [main, redis] = [built.entryPoint('main.js'), await startRedis()]
      const paceMs = isLong ? 10_000 : 1000
      stand = await startStand({ main, nginx, redis, paceMs, staleMs, ...(environment && { environment }) })
      await plan.prepare?.(stand)
      await stand.shows(stand.changeList(), 20_000)
      load = startStandLoad(stand)
      before = await possessionsOf(stand)
    }, 60_000)
    afterAll(async () => {
      await load?.stop()
      await stand?.stop()
      await built.remove()
    }, 60_000)

    tests(async (fault) => {
      if (stand === undefined || load === undefined) throw new Error('the stand has not been started')
      const outcome = await injectFault(fault, { stand, load, before })
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
