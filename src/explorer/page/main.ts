import { createFaceGroupsClient, type FaceGroupList, type FaceGroupsProblem } from '@face-groups/client'
import { element, numbers } from './dom.js'
import { freshness } from './freshness.js'
import { groupTable } from './group-table.js'
import { pager } from './pager.js'
import { problemNotice, refreshButton, sentenceOf } from './problems.js'
import { type ServiceInfo, session } from './session.js'
import { change, filters, isFiltered, parameter, queryForm, toQuery, type View } from './view.js'

const checkIntervalMs = 15_000

const service = JSON.parse(element('meta[name=service]', HTMLMetaElement).content) as ServiceInfo
const summary = element('#summary', HTMLElement)
const nothing = element('#nothing', HTMLElement)
const results = element('#results', HTMLElement)
const clearButtons = document.querySelectorAll<HTMLButtonElement>('.clear')

let view: View = new URLSearchParams(location.search)
let watching = new AbortController()
let shown: { readonly address: string; readonly data: FaceGroupList['data'] } | undefined
/** Consecutive stale answers: newer data should have arrived after the first. */
let staleAnswers = 0

const fresh = freshness()
const user = session(service)
const client = createFaceGroupsClient({ token: user.token })
const notice = problemNotice(look, () => go(new URLSearchParams()))
const refresh = refreshButton(() => client.refresh().then(look), signedOut)
const table = groupTable((field) => {
  go(change(view, { sort: parameter(view, 'sort') === field ? `-${field}` : field }))
})
const form = queryForm((parameters) => {
  go(change(view, parameters), view.has('cursor') ? 'pushState' : 'replaceState')
})
const pages = pager((place, trail) => {
  go(change(view, place), 'pushState', trail)
  results.focus({ preventScroll: true })
  scrollTo({ top: 0 })
})

/** Shows another view, by default with a new history entry. `trail`: the pages before it. */
function go(to: View, how: 'pushState' | 'replaceState' = 'pushState', trail: readonly unknown[] = []): void {
  view = to
  history[how]({ trail }, '', view.size === 0 ? location.pathname : `?${view}`)
  look()
}

/** Shows the view and keeps it up to date until another one is shown. */
function look(): void {
  watching.abort()
  watching = new AbortController()
  form.show(view)
  table.showSort(parameter(view, 'sort'))
  table.setBusy(true)
  for (const button of clearButtons) button.hidden = !isFiltered(view)
  void client.watch(toQuery(view), {
    signal: watching.signal,
    intervalMs: checkIntervalMs,
    onChange: show,
    onAnswer({ facts }) {
      user.showSignedIn()
      notice.clear()
      table.setBusy(false)
      staleAnswers = facts.source === 'stale' ? staleAnswers + 1 : 0
      refresh.shown(facts.ageSeconds)
      if (staleAnswers > 1) refresh.explain('The last update failed')
      fresh.show(staleAnswers > 1 ? 'update delayed' : 'live', facts.ageSeconds)
    },
    onProblem: showProblem,
  })
}

function show({ data, page }: FaceGroupList): void {
  // The libraries of this page no longer exist.
  if (data.length === 0 && view.has('cursor')) return go(change(view, {}), 'replaceState')
  const isUpdate = shown?.address === String(view)
  if (isUpdate && shown?.data !== data) fresh.changed()
  table.show(data, { mark: isUpdate })
  shown = { address: String(view), data }
  pages.show(view, { ...page, count: data.length })
  form.suggest(data)
  results.hidden = data.length === 0
  nothing.hidden = !results.hidden
  nothing.dataset['filtered'] = String(isFiltered(view))
  const noun = page.total === 1 ? 'library' : 'libraries'
  summary.textContent = `${numbers.format(page.total)} ${noun}${isFiltered(view) ? ' found' : ''}`
}

function showProblem(problem: FaceGroupsProblem): void {
  if (problem.status === 401) return signedOut()
  user.showSignedIn()
  table.setBusy(false)
  notice.show(problem)
  fresh.show('not live')
  if (problem.status >= 500) refresh.explain(sentenceOf(problem))
  if (shown) return
  results.hidden = nothing.hidden = true
  summary.textContent = ''
}

function signedOut(): void {
  watching.abort()
  table.show([])
  user.showSignedOut()
}

for (const button of clearButtons) {
  button.addEventListener('click', () => {
    go(change(view, Object.fromEntries(filters.map((name) => [name, '']))))
    element('#q', HTMLInputElement).focus()
  })
}
addEventListener('popstate', () => {
  view = new URLSearchParams(location.search)
  look()
})
element('#service', HTMLElement).textContent = `face-groups ${service.version ?? ''} · ${service.environment ?? ''}`
look()
