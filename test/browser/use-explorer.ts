import type { Browser, BrowserContext, BrowserContextOptions, ViewportSize } from 'playwright-core'
import { type RunningService, startService, type StartServiceOptions } from '../support/service.js'
import {
  type BuiltExplorer,
  buildExplorer,
  launch,
  newContext,
  type OpenedPage,
  openPage,
  untilShown,
} from './explorer-page.js'

export interface Explorer {
  /** Starts a service with the explorer page; it stops after the test. */
  readonly start: (
    options?: StartServiceOptions & { readonly service?: Record<string, string> },
  ) => Promise<RunningService>
  /**
   * Opens a page and waits until it shows something: of the service that the test has started, or of one that the
   * tests share, which none of them changes.
   */
  readonly open: (path?: string, how?: OpenOptions) => Promise<OpenedPage>
}

export interface OpenOptions extends Omit<BrowserContextOptions, 'viewport'> {
  readonly viewport?: ViewportSize
  /** Scopes of the token; `null` sends no token. Default `face-groups:refresh`. */
  readonly scope?: string | null
}

const unlimited = { RATE_LIMIT_PER_MINUTE: '0' }

/**
 * One browser per file. Started services, pages and cookies end with each test; no page stores anything else that
 * outlives it. A new browser context costs most of a test's time, so only a test with options of its own gets one.
 */
export function useExplorer(chromium: string): Explorer {
  let built: BuiltExplorer
  let browser: Browser
  let context: BrowserContext
  let running: RunningService | undefined
  let shared: RunningService | undefined
  beforeAll(async () => {
    built = await buildExplorer()
    browser = await launch(chromium)
    context = await newContext(browser)
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await shared?.stop()
  })
  afterEach(async () => {
    const others = browser.contexts().filter((each) => each !== context)
    await Promise.all([...others, ...context.pages()].map((each) => each.close()))
    await context.clearCookies()
    await running?.stop()
    running = undefined
  })
  const start: Explorer['start'] = async ({ service, ...options } = {}) => {
    running = await startService({ explorer: built.assets(service), ...options })
    return running
  }
  return {
    start,
    async open(path = '/', { scope = 'face-groups:refresh', viewport, ...how } = {}) {
      const service = running ?? (shared ??= await startService({ explorer: built.assets(), environment: unlimited }))
      const fragment = scope === null ? '' : `#token=${await service.token({ scope })}`
      const own = Object.keys(how).length > 0 ? await newContext(browser, how) : context
      const opened = await openPage(own, `${service.url}${path}${fragment}`, viewport)
      await untilShown(opened.page)
      return opened
    },
  }
}
