import { format, type Outcome, sign } from './report.js'
import { verdictOn } from './row.js'
import type { SizeMeasurement } from './rows/size-rows.js'

const width = 820
const barLeft = 20
const barWidth = 560
const rowHeight = 44
const panelHeight = 190

/**
 * Draws the measured rows as bars relative to their goals, with the goal as one vertical line, and below them the
 * metrics by list size. The colours follow the reader's light or dark scheme.
 */
export function chartOf(outcomes: readonly Outcome[], growth: readonly SizeMeasurement[]): string {
  const bars = barsOf(outcomes)
  const panelsTop = bars.height + 24
  const panels = growth.length === 0 ? [] : panelsOf(growth, panelsTop)
  const height = panelsTop + (growth.length === 0 ? 0 : panelHeight + 16)
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="Measured values against their goals, and against the size of the list">
<style>
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .value { font-variant-numeric: tabular-nums }
  .goal { fill: #1a7f37 } .floor { fill: #9a6700 } .missed { fill: #bc4c00 }
  .line { stroke: #59636e; stroke-dasharray: 3 3 } .label { fill: #59636e }
  .curve { stroke: #0969da; stroke-width: 2; fill: none } .dot { fill: #0969da } .axis { stroke: #59636e }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .goal { fill: #3fb950 } .floor { fill: #d29922 } .missed { fill: #db6d28 }
    .line, .axis { stroke: #9198a1 } .label { fill: #9198a1 } .curve { stroke: #4493f8 } .dot { fill: #4493f8 }
  }
</style>
${[...bars.elements, ...panels].join('\n')}
</svg>
`
}

function barsOf(outcomes: readonly Outcome[]): { elements: string[]; height: number } {
  const measured = outcomes.filter((outcome) => outcome.kind === 'measured')
  const height = measured.length * rowHeight + 40
  const goalAt = barLeft + barWidth / 2
  const rows = measured.map(({ row: { name, target }, measurement: { value } }, at) => {
    const top = 24 + at * rowHeight
    const length = Math.max(2, Math.min(barWidth, (value / target.goal) * (barWidth / 2)))
    const text = `${format(target, value)} (goal ${sign(target)} ${format(target, target.goal)})`
    return [
      `<text x="${barLeft}" y="${top + 10}">${escapeXml(name)}</text>`,
      `<rect class="${verdictOn(target, value)}" x="${barLeft}" y="${top + 16}" width="${length.toFixed(1)}" height="12" rx="2"/>`,
      `<text class="value" x="${barLeft + barWidth + 12}" y="${top + 26}">${escapeXml(text)}</text>`,
    ].join('\n')
  })
  const goal = [
    `<line class="line" x1="${goalAt}" x2="${goalAt}" y1="16" y2="${height - 12}"/>`,
    `<text class="label" x="${goalAt + 4}" y="14">goal</text>`,
  ]
  return { elements: [...goal, ...rows], height }
}

/** One panel per metric, by the number of libraries, which grows tenfold from point to point. */
function panelsOf(growth: readonly SizeMeasurement[], top: number): string[] {
  const panels: readonly [title: string, of: (size: SizeMeasurement) => number][] = [
    ['requests per CPU second', ({ requestsPerCpuSecond }) => requestsPerCpuSecond],
    ['p99 while refreshing, ms', ({ refreshingP99Ms }) => refreshingP99Ms],
    ['longest pause, ms', ({ longestPauseMs }) => longestPauseMs],
    ['resident memory, MB', ({ residentMb }) => residentMb],
  ]
  const gap = 24
  const panelWidth = (width - 2 * barLeft - gap * (panels.length - 1)) / panels.length
  return panels.map(([title, of], index) => {
    const left = barLeft + index * (panelWidth + gap)
    const highest = Math.max(...growth.map(of))
    const x = (at: number) => left + 16 + (at * (panelWidth - 40)) / Math.max(1, growth.length - 1)
    const y = (size: SizeMeasurement) => top + 140 - (of(size) / highest) * 90
    const points = growth.map((size, at) => `${x(at).toFixed(1)},${y(size).toFixed(1)}`)
    return [
      `<text x="${left}" y="${top + 12}">${title}</text>`,
      `<line class="axis" x1="${left}" x2="${left + panelWidth}" y1="${top + 142}" y2="${top + 142}"/>`,
      `<polyline class="curve" points="${points.join(' ')}"/>`,
      ...growth.flatMap((size, at) => [
        `<circle class="dot" cx="${x(at).toFixed(1)}" cy="${y(size).toFixed(1)}" r="3"/>`,
        `<text class="value" x="${(x(at) - 8).toFixed(1)}" y="${(y(size) - 8).toFixed(1)}">${of(size).toFixed(0)}</text>`,
        `<text class="label" x="${(x(at) - 8).toFixed(1)}" y="${top + 158}">${shortCount(size.libraries)}</text>`,
      ]),
    ].join('\n')
  })
}

function shortCount(count: number): string {
  return count >= 1000 ? `${count / 1000}k` : String(count)
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
