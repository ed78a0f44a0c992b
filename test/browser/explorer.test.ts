import { generateLibraries } from '../../simulator/vendor-libraries.js'
import { library } from '../client/connect.js'
import { describeWithProgram } from '../deploy/describe-with-program.js'
import { names } from './explorer-page.js'
import { useExplorer } from './use-explorer.js'

const longText = 'wide_'.repeat(200)

describeWithProgram('chromium', 'the list of the explorer page', (chromium) => {
  const { start, open } = useExplorer(chromium)

  it('shows the libraries, the newest first, and removes the token from the address', async () => {
    const { page, errors } = await open()
    expect(await names(page)).toEqual(['MegviiInternLibrary_01', 'TestUserSet002', 'TestUserSet001'])
    expect(await page.textContent('#summary')).toBe('3 libraries')
    expect(await page.textContent('#service')).toBe('face-groups 1.2.3 · test')
    expect(page.url()).not.toContain('token')
    expect(errors).toEqual([])
  })

  it('has an icon', async () => {
    const { page } = await open()
    const href = await page.getAttribute('link[rel=icon]', 'href')
    const response = await page.request.get(new URL(href ?? '', page.url()).href)
    expect([response.status(), response.headers()['content-type']]).toEqual([200, 'image/svg+xml; charset=utf-8'])
  })

  it('searches, and keeps the search in the address', async () => {
    const { page } = await open()
    await page.fill('#q', 'ｍｅｇｖｉｉ')
    await page.getByText('1 library found', { exact: true }).waitFor()
    expect(await names(page)).toEqual(['MegviiInternLibrary_01'])
    await page.fill('#q', 'no such thing')
    await page.getByText('No libraries match', { exact: true }).waitFor()
    expect(page.url()).toContain('q=no+such+thing')
    await page.locator('#nothing').getByRole('button', { name: 'Clear filters' }).click()
    await page.getByText('3 libraries', { exact: true }).waitFor()
    expect(new URL(page.url()).search).toBe('')
  })

  it('filters by model version and by local dates, both inclusive, and survives a reload', async () => {
    await start({
      prepare: (simulator) =>
        simulator.setLibraries({
          groupInfos: [
            library('before', { add_time: '2026-01-26T22:59:59Z' }),
            library('first', { add_time: '2026-01-26T23:00:00Z' }),
            library('last', { add_time: '2026-01-28T22:59:59Z' }),
            library('after', { add_time: '2026-01-28T23:00:00Z' }),
            library('old model', { add_time: '2026-01-27T12:00:00Z', model_version: 's20' }),
          ],
        }),
    })
    const { page } = await open()
    await page.getByLabel('Created from').fill('2026-01-27')
    await page.getByLabel('Created to').fill('2026-01-28')
    await page.getByText('3 libraries found').waitFor()
    await page.getByLabel('Model version').fill('s21')
    await page.getByText('2 libraries found').waitFor()
    await page.reload()
    await page.getByText('2 libraries found').waitFor()
    expect(await names(page)).toEqual(['Name of last', 'Name of first'])
    expect(await page.getByLabel('Model version').inputValue()).toBe('s21')
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await page.getByText('5 libraries', { exact: true }).waitFor()
    expect(await page.locator('#model-versions option').count()).toBe(2)
  })

  it('shows that an account has no libraries, with nothing to clear', async () => {
    await start({ prepare: (simulator) => simulator.setLibraries({ groupInfos: [] }) })
    const { page } = await open()
    await page.getByText('No face libraries to show').waitFor()
    expect(await page.getByText('No libraries match').isVisible()).toBe(false)
    expect(await page.getByRole('button', { name: 'Clear filters' }).count()).toBe(0)
  })

  it('sorts by headers that line up with their cells', async () => {
    const { page } = await open()
    const name = page.getByRole('columnheader', { name: 'Name' })
    await name.getByRole('button').press('Enter')
    await page.locator('tbody tr:first-child', { hasText: 'Megvii' }).waitFor()
    expect(await name.getAttribute('aria-sort')).toBe('ascending')
    await name.getByRole('button').press('Enter')
    await page.locator('tbody tr:first-child', { hasText: 'TestUserSet002' }).waitFor()
    expect(await name.getAttribute('aria-sort')).toBe('descending')
    const left = async (selector: string) => (await page.locator(selector).first().boundingBox())?.x
    expect(await left('thead th:nth-child(1) button')).toBe(await left('tbody .open'))
    expect(await left('thead th:nth-child(2) button')).toBe(await left('tbody .id'))
    expect(await left('thead th:nth-child(4) button')).toBe(await left('tbody time'))
  })

  it('pages through 10,000 libraries, from the top, with the position in the address', async () => {
    await start({ prepare: (simulator) => simulator.setLibraries({ groupInfos: generateLibraries(10_000) }) })
    const { page } = await open('/?sort=name&limit=100')
    await page.getByText('1–100 of 10,000').waitFor()
    expect(await page.textContent('#summary')).toBe('10,000 libraries')
    const firstPage = await names(page)
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByText('101–200 of 10,000').waitFor()
    expect(await page.evaluate('scrollY')).toBe(0)
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByText('201–300 of 10,000').waitFor()
    const thirdPage = await names(page)

    await page.reload()
    await page.getByText('201–300 of 10,000').waitFor()
    expect(await names(page)).toEqual(thirdPage)
    const shared = await open(`/${new URL(page.url()).search}`)
    await shared.page.getByText('201–300 of 10,000').waitFor()
    expect(await names(shared.page)).toEqual(thirdPage)
    await shared.page.getByRole('button', { name: 'First' }).click()
    await shared.page.getByText('1–100 of 10,000').waitFor()

    await page.getByRole('button', { name: 'Previous' }).click()
    await page.getByText('101–200 of 10,000').waitFor()
    await page.goBack()
    await page.getByText('201–300 of 10,000').waitFor()
    await page.goBack()
    await page.goBack()
    await page.getByText('1–100 of 10,000').waitFor()
    expect(await names(page)).toEqual(firstPage)
  })

  it('shows all fields of one library, however unusual its texts', async () => {
    await start({
      prepare: (simulator) =>
        simulator.setLibraries({
          groupInfos: [library('<img src=x onerror=alert(1)>', { group_name: '</td><script>alert(2)</script>' })],
        }),
    })
    const { page, errors } = await open()
    await page.getByRole('button', { name: '</td><script>alert(2)</script>', exact: true }).click()
    expect(await page.textContent('#group [data-field=id]')).toBe('<img src=x onerror=alert(1)>')
    expect(errors).toEqual([])
  })

  it('opens a long entry at its top, with the focus on its heading', async () => {
    const long = library(longText, { group_name: longText, group_data: 'line\n'.repeat(500) })
    await start({ prepare: (simulator) => simulator.setLibraries({ groupInfos: [long] }) })
    const { page } = await open()
    for (let time = 1; time <= 2; time += 1) {
      await page.locator('.open').click()
      expect(await page.evaluate('document.activeElement.id')).toBe('group-name')
      const [top, height, visible] = await page.evaluate<number[]>(
        '(({ scrollTop, scrollHeight, clientHeight }) => [scrollTop, scrollHeight, clientHeight])(document.querySelector("#group"))',
      )
      expect([top, Number(height) > Number(visible)]).toEqual([0, true])
      await page.evaluate('document.querySelector("#group").scrollTop = 500')
      await page.keyboard.press('Escape')
    }
  })

  it('ends a long id with an ellipsis, shows it in the tooltip, and copies all of it', async () => {
    await start({ prepare: (simulator) => simulator.setLibraries({ groupInfos: [library(longText)] }) })
    const { page } = await open('/', { permissions: ['clipboard-read', 'clipboard-write'] })
    const id = page.locator('tbody .id')
    const cutOff = '(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)(document.querySelector("tbody .id"))'
    expect(await page.evaluate(cutOff)).toBe(true)
    expect(await id.getAttribute('title')).toBe(longText)
    const copy = page.getByRole('row').getByRole('button', { name: /ID$/ })
    await copy.click()
    await page.getByRole('button', { name: 'Copied ID' }).waitFor()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(longText)
    await page.clock.fastForward(2000)
    await page.getByRole('button', { name: 'Copy ID' }).waitFor()
  })

  it('works with the keyboard only', async () => {
    const { page } = await open()
    const focused = () => page.evaluate<string>('document.activeElement.id || document.activeElement.textContent')
    await page.keyboard.press('ArrowDown')
    expect(await focused()).toBe('MegviiInternLibrary_01')
    await page.keyboard.press('ArrowDown')
    expect(await focused()).toBe('TestUserSet002')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Enter')
    expect(await page.getByRole('dialog').getByRole('heading').textContent()).toBe('MegviiInternLibrary_01')
    await page.keyboard.press('Escape')
    expect(await page.getByRole('dialog').count()).toBe(0)
    expect(await focused()).toBe('MegviiInternLibrary_01')
    await page.keyboard.press('/')
    expect(await focused()).toBe('q')
    await page.keyboard.type('a/b')
    expect(await page.inputValue('#q')).toBe('a/b')
  })

  it('shows dates in the reader’s locale, with the time zone in the tooltip', async () => {
    const { page } = await open('/', { locale: 'de-DE', timezoneId: 'Asia/Singapore' })
    const time = page.locator('tbody time').first()
    expect(await time.textContent()).toBe('05.02.2026, 11:17')
    expect(await time.getAttribute('title')).toBe('Donnerstag, 5. Februar 2026 um 11:17:45 GMT+8')
  })

  it('shows the fault of an address that the API rejects', async () => {
    const { page } = await open('/?sort=size')
    expect(await page.locator('#problem pre').textContent()).toContain('sort must be one of')
    await page.getByRole('button', { name: 'Start over' }).click()
    await page.getByText('3 libraries').waitFor()
  })
})
