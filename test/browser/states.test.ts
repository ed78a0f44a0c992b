import { library } from '../client/connect.js'
import { describeWithProgram } from '../deploy/describe-with-program.js'
import type { RunningService } from '../support/service.js'
import { waitFor } from '../support/wait-for.js'
import { names, untilShown } from './explorer-page.js'
import { useExplorer } from './use-explorer.js'

/** Nothing becomes stale or is retried before a test triggers it. */
const unhurried = { CACHE_TTL_SECONDS: '3600', CACHE_REFRESH_BACKOFF_SECONDS: '30' }

describeWithProgram('chromium', 'the explorer page', (chromium) => {
  const { start, open } = useExplorer(chromium)

  async function refreshedBySomeone(running: RunningService): Promise<void> {
    const authorization = `Bearer ${await running.token({ scope: 'face-groups:refresh' })}`
    await waitFor(async () => {
      const { status } = await running.call('/api/face-groups/refresh', { method: 'POST', authorization })
      return status === 200
    })
  }

  it('shows the age of the list, with the exact time and zone in the tooltip', async () => {
    const { page } = await open()
    expect(await page.textContent('#freshness')).toMatch(/^Updated \d+ s ago · live$/)
    expect(await page.getAttribute('#freshness time', 'title')).toMatch(/^\w+day, \w+ \d+, \d{4} at .* GMT\+[12]$/)
  })

  it('updates automatically, marks changed rows, and shows when they changed', async () => {
    const running = await start({ environment: { ...unhurried, CACHE_REFRESH_BACKOFF_SECONDS: '1' } })
    const { page } = await open()
    expect(await page.locator('.changed').count()).toBe(0)
    running.simulator.setLibraries({ groupInfos: [library('same')] })
    await refreshedBySomeone(running)
    await page.clock.fastForward(16_000)
    await page.getByText('1 library', { exact: true }).waitFor()
    running.simulator.setLibraries({ groupInfos: [library('same'), library('new')] })
    await refreshedBySomeone(running)
    await page.clock.fastForward(16_000)
    await page.getByText('2 libraries', { exact: true }).waitFor()
    expect(await page.locator('.changed .open').allTextContents()).toEqual(['Name of new'])
    await page.getByText(/^Updated \d+ s ago · live · changed \d+ s ago$/).waitFor()
  })

  it('refreshes with permission, shows the progress, and why not again so soon', async () => {
    const running = await start({ environment: unhurried })
    const { page } = await open()
    running.simulator.setLibraries({ groupInfos: [library('only one')] })
    running.simulator.set({ kind: 'normal', delayMs: 1000 }, { times: 1 })
    await page.getByRole('button', { name: 'Refresh', exact: true }).click()
    await page.getByRole('button', { name: 'Refreshing…' }).waitFor()
    await page.getByText('1 library', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Refresh', exact: true }).click()
    const refusal = page.getByText(/^Refreshed a moment ago, try again in \d+ s$/)
    await refusal.waitFor()
    const before = await refusal.textContent()
    await page.clock.fastForward(2000)
    await refusal.filter({ hasNotText: before ?? '' }).waitFor()
    expect(await page.locator('#problem').isVisible()).toBe(false)
    await page.clock.fastForward(31_000)
    await refusal.waitFor({ state: 'hidden' })
  })

  it('disables the refresh button without permission, with the reason', async () => {
    const { page } = await open('/', { scope: 'nothing:special' })
    const refresh = page.getByRole('button', { name: 'Refresh' })
    await refresh.click()
    await page.getByText("You don't have permission to refresh.").waitFor()
    expect(await refresh.isDisabled()).toBe(true)
    expect(await page.locator('#problem').isVisible()).toBe(false)
    expect(await names(page)).toHaveLength(3)
  })

  it('shows that the vendor is down if there is nothing to show, and recovers', async () => {
    const running = await start({
      environment: { ...unhurried, CACHE_REFRESH_BACKOFF_SECONDS: '8' },
      prepare: (simulator) => simulator.set({ kind: 'reset' }),
    })
    const { page } = await open()
    await page.getByRole('alert').getByText('The vendor cannot be reached.', { exact: true }).waitFor()
    await page.getByRole('button', { name: /^Try again in \d+ s$/ }).waitFor()
    expect(await page.getByRole('link', { name: 'Learn more' }).getAttribute('href')).toBe(
      '/problems/upstream_unavailable',
    )
    expect(await page.getByText('Request ID:').isVisible()).toBe(false)
    await page.getByText('Details').click()
    await page.getByText('Request ID:').waitFor()
    await page.getByRole('button', { name: 'Refresh', exact: true }).click()
    await page.getByText(/^The vendor cannot be reached, try again in \d+ s$/).waitFor()
    expect(await page.getByText('Too many requests').count()).toBe(0)
    expect(await page.getByRole('table').isVisible()).toBe(false)
    running.simulator.set('normal')
    await page.getByRole('button', { name: 'Try again', exact: true }).click()
    await page.getByText('3 libraries').waitFor()
    expect(await page.locator('#problem').isVisible()).toBe(false)
  })

  it('shows the last list while the vendor is down, and why a refresh fails', async () => {
    const running = await start({ environment: unhurried })
    const { page } = await open()
    running.simulator.set({ kind: 'reset' })
    const refusal = page.getByText(/^The vendor cannot be reached, try again in \d+ s$/)
    for (let click = 1; click <= 2; click += 1) {
      await page.getByRole('button', { name: 'Refresh', exact: true }).click()
      await refusal.waitFor()
      await page.getByRole('button', { name: 'Refresh', exact: true }).waitFor()
    }
    expect(await names(page)).toHaveLength(3)
    expect(await page.locator('#problem').isVisible()).toBe(false)
  })

  it('shows that an update is delayed while the vendor is down, and is live again after', async () => {
    const running = await start({ environment: { CACHE_TTL_SECONDS: '1' } })
    const { page } = await open()
    const checkedUntil = (text: string) =>
      waitFor(
        async () => {
          await page.clock.fastForward(16_000)
          return (await page.textContent('#freshness'))?.includes(text)
        },
        { timeoutMs: 60_000, intervalMs: 250 },
      )
    running.simulator.set({ kind: 'reset' })
    await checkedUntil('update delayed')
    await page.getByRole('button', { name: 'Refresh', exact: true }).click()
    await page.getByText(/^The (vendor cannot be reached|last update failed), try again in \d+ s$/).waitFor()
    running.simulator.set('normal')
    await checkedUntil('live')
  }, 130_000)

  it('retries on click', async () => {
    const running = await start()
    const { page } = await open('/', { scope: null })
    await page.route('**/api/face-groups?*', (route) => route.abort())
    await page.getByLabel('Access token').fill(await running.token())
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('alert').getByText('The service cannot be reached.').waitFor()
    await page.unroute('**/api/face-groups?*')
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('3 libraries').waitFor()
    expect(await page.locator('#problem').isVisible()).toBe(false)
  })

  it('shows one panel when signed out, accepts a token, and signs out', async () => {
    const running = await start()
    const { page, errors } = await open('/', { scope: null })
    await page.getByRole('heading', { name: 'Sign in to see the face libraries' }).waitFor()
    for (const part of ['#problem', '#list', 'dialog']) expect(await page.locator(part).first().isVisible()).toBe(false)
    expect(await page.getByRole('link', { name: 'Sign in' }).count()).toBe(0)
    await page.getByLabel('Access token').fill(await running.token({ name: 'Zoë Ngô' }))
    await page.keyboard.press('Enter')
    await page.getByText('3 libraries', { exact: true }).waitFor()
    expect(await page.textContent('#who')).toBe('Zoë Ngô')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Access token').waitFor()
    expect(await names(page)).toEqual([])
    expect(await page.textContent('#who')).toBe('')
    expect(errors).toEqual([])
  })

  it('shows that a token was rejected', async () => {
    const { page } = await open('/', { scope: null })
    await page.getByLabel('Access token').fill('not.a.token')
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('alert').getByText('The token has expired or is not valid here.').waitFor()
  })

  it('links to the sign-in and sign-out of the gateway', async () => {
    const running = await start({
      service: { signInUrl: '/oauth2/start?rd=/&"<', signOutUrl: '/health' },
      environment: { JWT_COOKIE: 'session' },
    })
    const { page } = await open('/', { scope: null })
    expect(await page.getByRole('link', { name: 'Sign in' }).getAttribute('href')).toBe('/oauth2/start?rd=/&"<')
    const cookie = { name: 'session', value: await running.token(), url: running.url }
    await page.context().addCookies([cookie])
    await page.reload()
    await untilShown(page)
    await page.getByText('3 libraries').waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL('**/health')
  })

  it('explains in one sentence that a caller may not see the list', async () => {
    await start({ environment: { JWT_READ_SCOPE: 'face-groups:read' } })
    const { page } = await open('/', { scope: 'other' })
    await page.getByRole('alert').getByText("You don't have permission.", { exact: true }).waitFor()
    expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(0)
  })
})
