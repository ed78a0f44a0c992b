import type { FaceGroupList, PageVisibility } from '../../client/src/face-groups-client.js'
import { FaceGroupsProblem } from '../../client/src/face-groups-problem.js'
import { watch } from '../../client/src/watch.js'
import { type RunningService, startService } from '../support/service.js'
import { connect, library } from './connect.js'

const answer = { facts: { changed: false, etag: '"same"' } }

/** A tab whose visibility is set by the test. */
function tab(): PageVisibility & { show(): void } {
  let hidden = true
  const listeners = new Set<() => void>()
  return {
    isHidden: () => hidden,
    onChange(listener, signal) {
      listeners.add(listener)
      signal.addEventListener('abort', () => listeners.delete(listener))
    },
    show() {
      hidden = false
      for (const listener of listeners) listener()
    },
  }
}

describe('watch', () => {
  let running: RunningService
  beforeAll(async () => {
    running = await startService()
  })
  afterAll(() => running.stop())

  it('reports the first list and each change, and otherwise costs a 304', async () => {
    const { client, statuses } = await connect(running)
    const { client: other } = await connect(running)
    const end = new AbortController()
    const seen: FaceGroupList[] = []
    let checks = 0
    await client.watch(
      { limit: 10 },
      {
        signal: end.signal,
        intervalMs: 10,
        onChange: (list) => seen.push(list) === 2 && end.abort(),
        onAnswer() {
          if (++checks !== 3) return
          running.simulator.setLibraries({ groupInfos: [library('new one')] })
          void other.refresh()
        },
      },
    )
    expect(seen.map(({ page }) => page.total)).toEqual([3, 1])
    expect(statuses.slice(0, 3)).toEqual([200, 304, 304])
  })

  it('reports a change that another call of the client received', async () => {
    const end = new AbortController()
    const etags = ['"one"', '"one"', '"two"']
    const seen: unknown[] = []
    await watch(async () => ({ facts: { changed: false, etag: etags.shift() ?? '"two"' } }), {
      signal: end.signal,
      intervalMs: 1,
      onChange: ({ facts }) => seen.push(facts.etag) === 2 && end.abort(),
    })
    expect(seen).toEqual(['"one"', '"two"'])
  })

  it('ends with its signal, also during a pause', async () => {
    const end = new AbortController()
    const watching = watch(async () => answer, {
      signal: end.signal,
      onChange: () => setImmediate(() => end.abort()),
    })
    await expect(watching).resolves.toBeUndefined()
  })

  it.each([3_600_000, Infinity])(
    'pauses for %d ms while the tab is hidden and polls when it becomes visible',
    async (hiddenIntervalMs) => {
      const end = new AbortController()
      const visibility = tab()
      let asked = 0
      await watch(
        async () => {
          asked += 1
          if (asked >= 2) end.abort()
          // Later than a timer that fires too early would ask again.
          else setTimeout(() => visibility.show(), 50)
          return answer
        },
        { signal: end.signal, visibility, intervalMs: 0, hiddenIntervalMs, onChange: () => {} },
      )
      expect([asked, visibility.isHidden()]).toEqual([2, false])
    },
  )

  it('reports a problem and continues', async () => {
    const end = new AbortController()
    const problem = new FaceGroupsProblem({ code: 'internal', status: 500, title: '', detail: '' })
    const reported: unknown[] = []
    let asked = 0
    await watch(
      async () => {
        if (++asked === 1) throw problem
        return answer
      },
      { signal: end.signal, intervalMs: 1, onProblem: (one) => reported.push(one), onChange: () => end.abort() },
    )
    expect(reported).toEqual([problem])
  })

  it('rejects with errors other than problems of the service', async () => {
    const watching = watch(() => Promise.reject(new TypeError('a bug')), {
      signal: new AbortController().signal,
      onChange: () => {},
    })
    await expect(watching).rejects.toThrow('a bug')
  })
})
