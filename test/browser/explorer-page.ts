import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
  type ViewportSize,
} from 'playwright-core'
import { explorerAssets } from '../../src/explorer/explorer-assets.js'
import type { Asset } from '../../src/http/assets.js'
import { buildService } from '../support/built-service.js'

export interface BuiltExplorer {
  /** The explorer's files, with what its page shows about the service. */
  assets(service?: Record<string, string>): ReadonlyMap<string, Asset>
}

/** Builds the service into a separate directory, for the explorer's files in it. */
export async function buildExplorer(): Promise<BuiltExplorer> {
  const built = await buildService()
  const directory = dirname(built.entryPoint('main.js'))
  return {
    assets: (service) => explorerAssets({ directory, service: { version: '1.2.3', environment: 'test', ...service } }),
  }
}

export function launch(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: ['--no-sandbox'] })
}

export interface OpenedPage {
  readonly page: Page
  /** Errors of scripts and of the content security policy. */
  readonly errors: string[]
}

export function newContext(browser: Browser, how: BrowserContextOptions = {}): Promise<BrowserContext> {
  return browser.newContext({ locale: 'en-US', timezoneId: 'Europe/Berlin', ...how })
}

/** A new page. Its clock can be moved. */
export async function openPage(context: BrowserContext, url: string, viewport?: ViewportSize): Promise<OpenedPage> {
  const page = await context.newPage()
  if (viewport) await page.setViewportSize(viewport)
  const errors: string[] = []
  page.on('pageerror', ({ message }) => errors.push(message))
  page.on('console', (message) => {
    // The browser logs each error status itself; the page shows those as problems.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) errors.push(message.text())
  })
  await page.clock.install()
  await page.goto(url)
  return { page, errors }
}

/** Resolves when the page shows a list, an empty list, a problem or the sign-in panel. */
export async function untilShown(page: Page): Promise<void> {
  const states = ['tbody tr', '#nothing', '#problem', '#signed-out']
  await page
    .locator(states.map((state) => `${state}:visible`).join(', '))
    .first()
    .waitFor()
}

export const names = (page: Page): Promise<string[]> => page.locator('tbody .open').allTextContents()

/** The axe violations, as `rule: elements`. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  if (!(await page.evaluate<boolean>('"axe" in globalThis'))) {
    await page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'))
  }
  const run =
    'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map((n) => n.target)))'
  return page.evaluate<string[]>(run)
}
