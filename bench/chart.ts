import { format, type Outcome, sign } from './report.js'
import { isMet } from './row.js'

const rowHeight = 44
const width = 820
const barLeft = 20
const barWidth = 560

/**
 * The measured rows as bars, each as long as its value is of its goal, with the goal as one line down the picture. The
 * colours follow the reader's light or dark scheme.
 */
export function chartOf(outcomes: readonly Outcome[]): string {
  const measured = outcomes.filter((outcome) => outcome.kind === 'measured')
  const height = measured.length * rowHeight + 40
  const goalAt = barLeft + barWidth / 2
  const rows = measured.map(({ row, measurement: { value } }, at) => {
    const top = 24 + at * rowHeight
    const length = Math.max(2, Math.min(barWidth, (value / row.goal.value) * (barWidth / 2)))
    const state = isMet(row.goal, value) ? 'met' : 'missed'
    const text = `${format(row.goal, value)} (goal ${sign(row.goal)} ${format(row.goal, row.goal.value)})`
    return [
      `<text class="name" x="${barLeft}" y="${top + 10}">${escapeXml(row.name)}</text>`,
      `<rect class="${state}" x="${barLeft}" y="${top + 16}" width="${length.toFixed(1)}" height="12" rx="2"/>`,
      `<text class="value" x="${barLeft + barWidth + 12}" y="${top + 26}">${escapeXml(text)}</text>`,
    ].join('\n')
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="Measured values against their goals">
<style>
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .value { font-variant-numeric: tabular-nums }
  .met { fill: #1a7f37 } .missed { fill: #bc4c00 } .goal { stroke: #59636e; stroke-dasharray: 3 3 } .note { fill: #59636e }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .met { fill: #3fb950 } .missed { fill: #db6d28 } .goal { stroke: #9198a1 } .note { fill: #9198a1 }
  }
</style>
<line class="goal" x1="${goalAt}" x2="${goalAt}" y1="16" y2="${height - 12}"/>
<text class="note" x="${goalAt + 4}" y="14">goal</text>
${rows.join('\n')}
</svg>
`
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
