import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright-core'

/** A web server with one empty page; for the browser, an origin. */
export interface PageServer {
  readonly origin: string
  close(): Promise<void>
}

/** `host` in the browser: `127.0.0.1` is same-site with the service, `localhost` is cross-site. */
export async function startPageServer(host: '127.0.0.1' | 'localhost'): Promise<PageServer> {
  const server = createServer((_request, response) => {
    response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>a page</title>')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://${host}:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export interface TestBrowser {
  readonly context: BrowserContext
  close(): Promise<void>
}

/**
 * A browser whose profile sends cookies with cross-site requests, as older browsers do, to test what the service does
 * without the browser's protection.
 */
export async function launchBrowser(executablePath: string): Promise<TestBrowser> {
  const profile = await mkdtemp(join(tmpdir(), 'face-groups-browser-'))
  await mkdir(join(profile, 'Default'))
  await writeFile(join(profile, 'Default', 'Preferences'), '{"profile":{"cookie_controls_mode":0}}')
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run']
  const args = ['--no-sandbox', '--disable-gpu', ...quiet]
  const context = await chromium.launchPersistentContext(profile, { executablePath, args })
  return {
    context,
    async close() {
      await context.close()
      // Its processes go on writing for a moment.
      await rm(profile, { recursive: true, force: true, maxRetries: 50, retryDelay: 20 })
    },
  }
}

/** A cookie that the browser sends from any site, as a careless single sign-on sets it: the worst case. */
export async function setSessionCookie(context: BrowserContext, url: string, value: string): Promise<void> {
  const { hostname } = new URL(url)
  await context.addCookies([
    { name: 'session', value, domain: hostname, path: '/', secure: true, sameSite: 'None', httpOnly: true },
  ])
}

export interface Seen {
  /** `failed` if the browser hid the answer from the page. */
  readonly status: number | 'failed'
  readonly headers: Record<string, string>
  readonly body: string
}

/** What a script of the page sees when it calls `fetch` with these arguments. */
export async function fetchFrom(page: Page, url: string, init: Record<string, unknown> = {}): Promise<Seen> {
  return page.evaluate<Seen>(`
    fetch(${JSON.stringify(url)}, ${JSON.stringify(init)}).then(
      async (response) => ({
        status: response.status, headers: Object.fromEntries(response.headers), body: await response.text(),
      }),
      () => ({ status: 'failed', headers: {}, body: '' }),
    )`)
}
