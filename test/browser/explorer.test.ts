import type { Browser, Page } from 'playwright-core'
import type { Asset } from '../../src/http/assets.js'
import { library } from '../client/connect.js'
import { describeWithProgram } from '../deploy/describe-with-program.js'
import { type RunningService, startService } from '../support/service.js'
import { accessibilityFaults, builtExplorer, launch, openPage, type Watched } from './explorer-page.js'

const names = (page: Page) => page.locator('tbody .open').allTextContents()

describeWithProgram('chromium', 'the explorer page in Chromium', (chromium) => {
  let explorer: ReadonlyMap<string, Asset>
  let browser: Browser
  let running: RunningService
  beforeAll(async () => {
    explorer = await builtExplorer()
    browser = await launch(chromium)
  }, 60_000)
  afterAll(() => browser.close())
  beforeEach(async () => {
    running = await startService({ explorer })
  })
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()))
    await running.stop()
  })

  async function open(path = '/', scope = 'face-groups:refresh'): Promise<Watched> {
    const watched = await openPage(browser, `${running.url}${path}#token=${await running.token({ scope })}`)
    await watched.page.locator('#problem:not([hidden]), tbody tr, #nothing:not([hidden])').first().waitFor()
    return watched
  }

  it('shows the libraries, the newest first, and takes the token out of the address', async () => {
    const { page, complaints } = await open()
    expect(await names(page)).toEqual(['MegviiInternLibrary_01', 'TestUserSet002', 'TestUserSet001'])
    expect(await page.textContent('#summary')).toBe('3 libraries')
    expect(await page.textContent('#freshness')).toMatch(/^\d+ s old · from the shared copy · no change since /)
    expect(page.url()).not.toContain('token')
    expect(complaints).toEqual([])
  })

  it('searches, says when nothing matches, and keeps the search in the address', async () => {
    const { page } = await open()
    await page.fill('#q', 'ｍｅｇｖｉｉ')
    await page.getByText('1 library', { exact: true }).waitFor()
    expect(await names(page)).toEqual(['MegviiInternLibrary_01'])
    await page.fill('#q', 'no such thing')
    await page.getByText('No library matches “no such thing”.').waitFor()
    expect(page.url()).toContain('q=no+such+thing')
    await page.getByRole('button', { name: 'Clear the search' }).click()
    await page.getByText('3 libraries', { exact: true }).waitFor()
  })

  it('sorts by a column and back by the keyboard alone, and says so', async () => {
    const { page } = await open()
    const name = page.getByRole('columnheader', { name: 'Name' })
    await name.getByRole('button').press('Enter')
    await page.locator('tbody tr:first-child', { hasText: 'Megvii' }).waitFor()
    expect(await name.getAttribute('aria-sort')).toBe('ascending')
    await name.getByRole('button').press('Enter')
    await page.locator('tbody tr:first-child', { hasText: 'TestUserSet002' }).waitFor()
    expect(await name.getAttribute('aria-sort')).toBe('descending')
  })

  it('turns pages forth and back', async () => {
    const { page } = await open('/?limit=2&sort=name')
    await page.getByText('1–2 of 3').waitFor()
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByText('3–3 of 3').waitFor()
    expect(await names(page)).toEqual(['TestUserSet002'])
    await page.getByRole('button', { name: 'Previous' }).click()
    await page.getByText('1–2 of 3').waitFor()
    expect(await names(page)).toEqual(['MegviiInternLibrary_01', 'TestUserSet001'])
  })

  it('shows everything of one library, however strange its texts', async () => {
    running.simulator.setLibraries({
      groupInfos: [library('<img src=x onerror=alert(1)>', { group_name: '</td><script>alert(2)</script>' })],
    })
    const { page, complaints } = await open()
    await page.getByRole('button', { name: 'Fetch anew' }).click()
    await page.getByRole('button', { name: '</td><script>alert(2)</script>', exact: true }).click()
    expect(await page.textContent('#group [data-field=id]')).toBe('<img src=x onerror=alert(1)>')
    expect(complaints).toEqual([])
  })

  it('fetches anew for those who may, and says why it will not so soon again', async () => {
    const { page } = await open()
    running.simulator.setLibraries({ groupInfos: [library('only one')] })
    await page.getByRole('button', { name: 'Fetch anew' }).click()
    await page.getByText('1 library', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Fetch anew' }).click()
    await page.getByRole('alert').getByText('Too many requests').waitFor()
    expect(await page.getByRole('alert').textContent()).toContain('Worth another try in')
  })

  it('tells those who may not, and takes the button away', async () => {
    const { page } = await open('/', 'nothing:special')
    await page.getByRole('button', { name: 'Fetch anew' }).click()
    await page.getByRole('alert').getByText('The caller may not do this').waitFor()
    expect(await page.getByRole('button', { name: 'Fetch anew' }).count()).toBe(0)
  })

  it('asks for a token where none is given, and forgets it with what it showed', async () => {
    const { page } = await openPage(browser, running.url)
    await page.getByLabel('Bearer token').fill(await running.token())
    await page.getByRole('button', { name: 'Use it' }).click()
    await page.getByText('3 libraries', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Token…' }).click()
    await page.getByRole('button', { name: 'Forget it' }).click()
    await page.getByRole('alert').getByText('Authentication is required').waitFor()
    expect(await names(page)).toEqual([])
  })

  it.each(['light', 'dark'] as const)(
    'gives axe nothing to find in %s, on a screen and on a phone',
    async (colorScheme) => {
      const { page } = await open()
      await page.emulateMedia({ colorScheme })
      expect(await accessibilityFaults(page)).toEqual([])
      await page.setViewportSize({ width: 360, height: 740 })
      await page.locator('tbody .open').first().click()
      expect(await accessibilityFaults(page)).toEqual([])
      const overflow = 'document.documentElement.scrollWidth > document.documentElement.clientWidth'
      expect(await page.evaluate(overflow)).toBe(false)
    },
  )

  it('loads nothing from anywhere else', async () => {
    const { page } = await openPage(browser, `${running.url}/docs`)
    await page.locator('.opblock').first().waitFor()
    const loaded = await page.evaluate<string[]>('performance.getEntriesByType("resource").map(({ name }) => name)')
    expect(loaded.every((name) => name.startsWith(running.url) || name.startsWith('data:'))).toBe(true)
  })

  it('lets one read and try the API, within the content security policy', async () => {
    const { page, complaints } = await openPage(browser, `${running.url}/docs`)
    await page.locator('.opblock-summary-path', { hasText: '/health/live' }).click()
    await page.getByRole('button', { name: 'Try it out' }).click()
    await page.getByRole('button', { name: 'Execute' }).click()
    await page.locator('.live-responses-table', { hasText: 'pass' }).waitFor()
    expect(complaints).toEqual([])
  })
})
