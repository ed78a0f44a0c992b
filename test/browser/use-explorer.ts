import type { Browser, BrowserContextOptions } from 'playwright-core'
import { type RunningService, startService, type StartServiceOptions } from '../support/service.js'
import { type BuiltExplorer, buildExplorer, launch, type OpenedPage, openPage, untilShown } from './explorer-page.js'

export interface Explorer {
  /** Starts a service with the explorer page; it stops after the test. */
  readonly start: (
    options?: StartServiceOptions & { readonly service?: Record<string, string> },
  ) => Promise<RunningService>
  /** Opens a page of the service started last, and waits until it shows something. */
  readonly open: (path?: string, how?: OpenOptions) => Promise<OpenedPage>
}

export interface OpenOptions extends BrowserContextOptions {
  /** Scopes of the token; `null` sends no token. Default `face-groups:refresh`. */
  readonly scope?: string | null
}

/** One build and one browser per file; contexts and services end after each test. */
export function useExplorer(chromium: string): Explorer {
  let built: BuiltExplorer
  let browser: Browser
  let running: RunningService | undefined
  beforeAll(async () => {
    built = await buildExplorer()
    browser = await launch(chromium)
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await built?.remove()
  })
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()))
    await running?.stop()
    running = undefined
  })
  const start: Explorer['start'] = async ({ service, ...options } = {}) => {
    running = await startService({ explorer: built.assets(service), ...options })
    return running
  }
  return {
    start,
    async open(path = '/', { scope = 'face-groups:refresh', ...how } = {}) {
      const service = running ?? (await start())
      const fragment = scope === null ? '' : `#token=${await service.token({ scope })}`
      const opened = await openPage(browser, `${service.url}${path}${fragment}`, how)
      await untilShown(opened.page)
      return opened
    },
  }
}
