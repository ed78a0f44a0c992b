import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { explorerAssets } from '../../src/explorer/explorer-assets.js'
import type { Asset } from '../../src/http/assets.js'
import { buildService } from '../support/built-service.js'

/** The explorer's files, from a build of their own. */
export async function builtExplorer(): Promise<ReadonlyMap<string, Asset>> {
  const built = await buildService()
  try {
    return explorerAssets({ directory: dirname(built.entryPoint('main.js')) })
  } finally {
    await built.remove()
  }
}

export function launch(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: ['--no-sandbox'] })
}

export interface Watched {
  readonly page: Page
  /** What the browser complained about: errors of scripts, and of the content security policy. */
  readonly complaints: string[]
}

/** A page in a context of its own: no cookie, no storage, nothing of another test. */
export async function openPage(browser: Browser, url: string): Promise<Watched> {
  const page = await (await browser.newContext()).newPage()
  const complaints: string[] = []
  page.on('pageerror', ({ message }) => complaints.push(message))
  page.on('console', (message) => {
    // The browser notes each error status by itself; the page shows those as problems.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      complaints.push(message.text())
  })
  await page.goto(url)
  return { page, complaints }
}

/** What axe finds wrong, as `rule: elements`. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  await page.evaluate(axe)
  const run =
    'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map((n) => n.target)))'
  return page.evaluate<string[]>(run)
}
