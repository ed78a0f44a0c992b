import { type SteadyLoad, startSteadyLoad } from '../support/steady-load.js'
import type { Stand } from './stand.js'

/** A hundred requests a second through the gateway, of every kind a web app makes, each answer judged. */
export function startStandLoad(stand: Stand): SteadyLoad {
  const { gateway, judge, canary } = stand
  const etags = new Map<string, string>()

  async function ask(count: number): Promise<string[]> {
    const path = pathOf(count)
    const etag = count % 3 === 0 ? etags.get(path) : undefined
    const headers = { ...stand.callerHeaders, ...(etag !== undefined && { 'if-none-match': etag }) }
    const sentAt = performance.now()
    const answer = await gateway.call(path, { headers })
    canary.record('a response', JSON.stringify(answer))
    if (answer.headers.etag !== undefined) etags.set(path, answer.headers.etag)
    return judge.judge({ path, etag, sentAt, answer })
  }

  return startSteadyLoad({ perSecond: 100, ask })
}

function pathOf(count: number): string {
  const paths = ['/api/face-groups', '/api/face-groups?limit=5&sort=-name', '/api/face-groups/library-7']
  return paths[(count % 7) % paths.length] ?? ''
}
