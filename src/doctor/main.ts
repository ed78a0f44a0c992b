import { parseArgs } from 'node:util'
import { config as loadDotenv } from 'dotenv'
import { examine } from './examine.js'
import { type Finding, overallStatus, renderFinding, renderSummary } from './report.js'

/** `EX_USAGE` of sysexits.h. */
const exitUsage = 64

const help = `Checks the configuration (environment and .env) against the real world. One line per check: ok, warn or FAIL.

  --json    the same for machines (npm run --silent doctor -- --json): {"status", "checks": [{"status", "name", "detail", "advice"?}]}
  --help

Calls FinAuth once with each pair of credentials, and writes to Redis one key of its own, which it removes.
Colour on a terminal only; NO_COLOR turns it off. Exits with 1 on any FAIL, else with 0.
`

loadDotenv({ quiet: true })
const flags = readFlags()
// A hanging dependency may keep sockets or DNS lookups open; the report is complete.
process.exit(flags === null ? exitUsage : await run(flags))

async function run({ json, help: wantsHelp }: { json?: boolean; help?: boolean }): Promise<number> {
  if (wantsHelp === true) {
    await write(help)
    return 0
  }
  const findings: Finding[] = []
  const colour = process.stdout.isTTY && !process.env['NO_COLOR']
  for await (const finding of examine(process.env)) {
    findings.push(finding)
    if (json !== true) await write(renderFinding(finding, { colour }))
  }
  const status = overallStatus(findings)
  await write(json === true ? `${JSON.stringify({ status, checks: findings }, null, 2)}\n` : renderSummary(findings))
  return status === 'FAIL' ? 1 : 0
}

function readFlags() {
  try {
    return parseArgs({ options: { json: { type: 'boolean' }, help: { type: 'boolean' } } as const }).values
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : 'unknown arguments'}\ntry --help\n`)
    return null
  }
}

async function write(text: string): Promise<void> {
  await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()))
}
