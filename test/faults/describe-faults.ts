import { mkdirSync, writeFileSync } from 'node:fs'
import type { TokenIssuer } from '../../src/simulator/token-issuer.js'
import { describeWithProgram } from '../deploy/describe-with-program.js'
import { type BuiltService, buildService } from '../support/built-service.js'
import type { Fault, Outcome } from './fault.js'
import { injectFault, type Possessions, possessionsOf } from './inject-fault.js'
import type { SharedRedis } from './shared-redis.js'
import { type Stand, startStand } from './stand.js'
import { type StandLoad, startStandLoad } from './stand-load.js'

export interface FaultsOptions<R extends SharedRedis> {
  readonly faults: readonly Fault<R>[]
  readonly startRedis: () => Promise<R>
  readonly environment?: (issuer: TokenIssuer) => Record<string, string>
  /** Before the first request of the load. */
  readonly prepare?: (stand: Stand<R>) => Promise<void>
}

/** FAULTS=long takes its time; otherwise all is short enough for every change. */
export const isLong = process.env['FAULTS'] === 'long'

/** One test per fault, one after the other on one stand; what came of them goes to the table at the end. */
export function describeFaults<R extends SharedRedis>(title: string, options: FaultsOptions<R>): void {
  describeWithProgram('nginx', title, (nginx) => {
    const outcomes: Outcome[] = []
    let built: BuiltService
    let stand: Stand<R> | undefined
    let load: StandLoad | undefined
    let before: Possessions

    beforeAll(async () => {
      built = await buildService()
      const { startRedis, environment } = options
      const [main, redis] = [built.entryPoint('main.js'), await startRedis()]
      const paceMs = isLong ? 10_000 : 1000
      stand = await startStand({ main, nginx, redis, paceMs, ...(environment && { environment }) })
      await options.prepare?.(stand)
      await stand.shows(stand.changeList(), 20_000)
      load = startStandLoad(stand)
      before = await possessionsOf(stand)
    }, 60_000)
    afterAll(async () => {
      await load?.stop()
      await stand?.stop()
      await built.remove()
      mkdirSync('reports/faults', { recursive: true })
      writeFileSync(`reports/faults/${title.replaceAll(/\W+/g, '-')}.json`, JSON.stringify(outcomes))
    }, 60_000)

    it.each(options.faults.map((fault) => [fault.name, fault] as const))(
      'answers everything, rightly and in time: %s',
      async (_, fault) => {
        if (stand === undefined || load === undefined) throw new Error('the stand has not been started')
        const outcome = await injectFault(fault, { stand, load, before })
        outcomes.push(outcome)
        expect(outcome.requests).toBeGreaterThan(20)
        expect(outcome.wrong).toEqual([])
      },
      180_000,
    )
  })
}
