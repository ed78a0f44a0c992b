import type { Page } from 'playwright-core'
import { library } from '../client/connect.js'
import { describeWithProgram } from '../deploy/describe-with-program.js'
import { accessibilityFaults } from './explorer-page.js'
import { useExplorer } from './use-explorer.js'

const phone = { width: 360, height: 740 }
const overflows = 'document.documentElement.scrollWidth > document.documentElement.clientWidth'
const left = async (page: Page, selector: string) => {
  const boxes = await Promise.all((await page.locator(selector).all()).map((each) => each.boundingBox()))
  return [...new Set(boxes.map((box) => Math.round(box?.x ?? -1)))]
}

async function faultsInBothColors(page: Page): Promise<string[]> {
  const faults: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const fault of await accessibilityFaults(page)) faults.push(`${colorScheme}: ${fault}`)
  }
  return faults
}

describeWithProgram('chromium', 'the appearance of the pages', (chromium) => {
  const { start, open } = useExplorer(chromium)

  describe('in light and in dark, without axe violations,', () => {
    it.each([
      ['desktop', { width: 1280, height: 800 }],
      ['phone', phone],
    ])('is the list and one library on a %s', async (_name, viewport) => {
      const { page } = await open('/', { viewport })
      expect(await faultsInBothColors(page)).toEqual([])
      expect(await page.evaluate(overflows)).toBe(false)
      await page.locator('tbody .open').first().click()
      expect(await faultsInBothColors(page)).toEqual([])
    })

    it('is an empty result', async () => {
      const { page } = await open('/?q=nothing')
      expect(await faultsInBothColors(page)).toEqual([])
    })

    it('is the sign-in panel', async () => {
      await start({ service: { signInUrl: '/oauth2/start' } })
      const { page } = await open('/', { scope: null })
      await page.getByLabel('Access token').fill('not.a.token')
      await page.getByRole('button', { name: 'Continue' }).click()
      await page.getByRole('alert').getByText('The token has expired').waitFor()
      expect(await faultsInBothColors(page)).toEqual([])
    })

    it('is a problem and a refused refresh', async () => {
      await start({ prepare: (simulator) => simulator.set({ kind: 'reset' }) })
      const { page } = await open('/', { scope: 'other' })
      await page.getByRole('button', { name: 'Refresh' }).click()
      await page.getByText("You don't have permission to refresh.").waitFor()
      await page.getByText('Details').click()
      expect(await faultsInBothColors(page)).toEqual([])
    })

    it('is an unknown page and the page of a problem', async () => {
      const { page } = await open()
      for (const path of ['/nope', '/problems/not_found']) {
        await page.goto(new URL(path, page.url()).href)
        expect(await faultsInBothColors(page)).toEqual([])
      }
    })
  })

  it('has labelled values, one left edge and a sort control on a phone', async () => {
    await start({
      prepare: (simulator) =>
        simulator.setLibraries({ groupInfos: [library('long_'.repeat(100)), library('b'), library('c')] }),
    })
    const { page } = await open('/', { viewport: phone })
    expect(await left(page, 'tbody .open, tbody td')).toHaveLength(1)
    expect(await left(page, 'tbody .id, tbody time')).toHaveLength(1)
    expect(await left(page, 'h1, #q, #summary, #freshness, #results')).toHaveLength(1)
    const label = 'getComputedStyle(document.querySelector("tbody td:last-child"), "::before").content'
    expect(await page.evaluate(label)).toBe('"Created"')
    expect(await page.evaluate(overflows)).toBe(false)
    await page.getByLabel('Sort by').selectOption('Name, A to Z')
    await page.locator('tbody tr:first-child', { hasText: 'Name of b' }).waitFor()
    expect(page.url()).toContain('sort=name')
    expect(await page.locator('thead').isVisible()).toBe(false)
  })

  it('has no sort control if the headers sort', async () => {
    const { page } = await open()
    expect(await page.getByLabel('Sort by').isVisible()).toBe(false)
    expect(await page.locator('thead').isVisible()).toBe(true)
  })
})

describeWithProgram('chromium', 'the API documentation', (chromium) => {
  const { open } = useExplorer(chromium)

  it('follows dark mode, and loads nothing from other origins', async () => {
    const { page } = await open('/', { colorScheme: 'dark' })
    const { origin } = new URL(page.url())
    await page.goto(`${origin}/docs`)
    await page.locator('.opblock').first().waitFor()
    const ground = 'getComputedStyle(document.documentElement).backgroundColor'
    expect(await page.evaluate(ground)).toBe('rgb(28, 32, 34)')
    await page.emulateMedia({ colorScheme: 'light' })
    await page.waitForFunction(`${ground} === 'rgba(0, 0, 0, 0)'`)
    const loaded = await page.evaluate<string[]>('performance.getEntriesByType("resource").map(({ name }) => name)')
    expect(loaded.every((name) => name.startsWith(origin) || name.startsWith('data:'))).toBe(true)
  })

  it('can send requests within the content security policy', async () => {
    const { page, errors } = await open()
    await page.goto(new URL('/docs', page.url()).href)
    await page.locator('.opblock-summary-path', { hasText: '/health/live' }).click()
    await page.getByRole('button', { name: 'Try it out' }).click()
    await page.getByRole('button', { name: 'Execute' }).click()
    await page.locator('.live-responses-table', { hasText: 'pass' }).waitFor()
    expect(errors).toEqual([])
  })
})
