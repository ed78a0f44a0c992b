import { createFaceGroupsClient, type FaceGroupList, FaceGroupsProblem } from '@face-groups/client'
import { accessToken } from './access-token.js'
import { element } from './element.js'
import { freshness } from './freshness.js'
import { openGroup } from './group-dialog.js'
import { groupTable } from './group-table.js'
import { pageTurner } from './page-turner.js'
import { problemNotice } from './problem-notice.js'
import { readViewState, type ViewState, writeViewState } from './view-state.js'

const searchDelayMs = 200
const checkIntervalMs = 15_000

const q = element('#q', HTMLInputElement)
const limit = element('#limit', HTMLSelectElement)
const refresh = element('#refresh', HTMLButtonElement)
const summary = element('#summary', HTMLElement)
const nothing = element('#nothing', HTMLElement)
const results = element('#results', HTMLElement)

let state = readViewState()
let watching = new AbortController()
let searchTimer: ReturnType<typeof setTimeout> | undefined

const notice = problemNotice()
const fresh = freshness()
const token = accessToken({
  onChange() {
    forgetRows()
    look()
  },
})
const client = createFaceGroupsClient({ token: () => token.current() })
const pages = pageTurner({ onTurn: look })
const table = groupTable({
  onOpen: openGroup,
  onSort: (choose) => change({ sort: choose(state.sort) }),
})

function change(part: Partial<ViewState>): void {
  state = { ...state, ...part }
  writeViewState(state)
  pages.reset()
  look()
}

/** Shows what the state asks for and keeps it up to date until something else is asked for. */
function look(): void {
  watching.abort()
  watching = new AbortController()
  table.setBusy(true)
  table.showSort(state.sort)
  const cursor = pages.cursor()
  const query = {
    sort: state.sort,
    limit: state.limit,
    ...(state.q !== '' && { q: state.q }),
    ...(cursor !== null && { cursor }),
  }
  let isFirst = true
  fresh.startWatching()
  void client.watch(query, {
    signal: watching.signal,
    intervalMs: checkIntervalMs,
    onChange(list) {
      show(list)
      if (!isFirst) fresh.changed()
      isFirst = false
    },
    onAnswer({ facts }) {
      notice.clear()
      table.setBusy(false)
      fresh.show(facts)
    },
    onProblem: showProblem,
  })
}

function show({ data, page }: FaceGroupList): void {
  table.show(data)
  pages.show({ total: page.total, count: data.length, nextCursor: page.nextCursor })
  const isEmpty = data.length === 0
  results.hidden = isEmpty
  nothing.hidden = !isEmpty
  element('p', HTMLElement, nothing).textContent =
    state.q === '' ? 'The account has no face library that you may see.' : `No library matches “${state.q}”.`
  element('button', HTMLButtonElement, nothing).hidden = state.q === ''
  summary.textContent = page.total === 1 ? '1 library' : `${page.total} libraries`
}

function showProblem(problem: FaceGroupsProblem): void {
  table.setBusy(false)
  notice.show(problem)
  if (problem.code !== 'unauthenticated') return
  forgetRows()
  if (token.current() === null) token.ask()
}

/** What one caller may see is not left standing for the next. */
function forgetRows(): void {
  table.show([])
  summary.textContent = ''
}

async function fetchAnew(): Promise<void> {
  refresh.disabled = true
  try {
    fresh.show((await client.refresh()).facts)
    look()
  } catch (error) {
    if (!(error instanceof FaceGroupsProblem)) throw error
    notice.show(error)
    // Whether a caller may is the service's to know; from here on it is known.
    if (error.code === 'forbidden') refresh.hidden = true
  } finally {
    refresh.disabled = false
  }
}

q.value = state.q
limit.value = String(state.limit)
if (limit.value === '') limit.add(new Option(String(state.limit), undefined, true, true))
q.addEventListener('input', () => {
  clearTimeout(searchTimer)
  searchTimer = setTimeout(() => change({ q: q.value }), searchDelayMs)
})
limit.addEventListener('change', () => change({ limit: Number(limit.value) }))
refresh.addEventListener('click', () => void fetchAnew())
element('#query', HTMLFormElement).addEventListener('submit', (event) => event.preventDefault())
element('button', HTMLButtonElement, nothing).addEventListener('click', () => {
  q.value = ''
  q.focus()
  change({ q: '' })
})
look()
