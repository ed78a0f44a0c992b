import { config as loadDotenv } from 'dotenv'
import { help, parseCommandLine } from './command-line.js'
import { demoAccount, type FinAuthSimulatorOptions, startFinAuthSimulator } from './finauth-simulator.js'

/** `EX_USAGE` of sysexits.h. */
const exitUsage = 64

loadDotenv({ quiet: true })
const commandLine = parseCommandLine(process.argv.slice(2), process.env)
switch (commandLine.kind) {
  case 'help':
    console.log(help)
    break
  case 'faults':
    for (const fault of commandLine.faults) console.error(fault)
    console.error('try --help')
    process.exitCode = exitUsage
    break
  case 'run':
    await run(commandLine.options)
}

async function run(options: FinAuthSimulatorOptions): Promise<void> {
  const simulator = await start(options)
  if (simulator === null) return
  console.log(usage(simulator.url, options))
  const close = () => void simulator.close()
  process.once('SIGTERM', close)
  process.once('SIGINT', close)
}

async function start(options: FinAuthSimulatorOptions) {
  try {
    return await startFinAuthSimulator({
      ...options,
      onCall: ({ at, outcome, behaviour }) => console.log(`${at} call ${outcome}, answered ${behaviour}`),
    })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
    console.error(`cannot listen on ${options.host} port ${options.port}: ${code}`)
    process.exitCode = 1
    return null
  }
}

function usage(url: string, options: FinAuthSimulatorOptions): string {
  const isDemo = options.accounts?.[0] === demoAccount
  return [
    `FinAuth simulator at ${url}`,
    `  for the service:  FINAUTH_BASE_URL=${url}`,
    isDemo
      ? `                    FINAUTH_API_KEY=${demoAccount.apiKey} FINAUTH_API_SECRET=${demoAccount.apiSecret}`
      : '                    and the FINAUTH_API_KEY and FINAUTH_API_SECRET it was started with',
    `  what was called:  curl ${url}/__simulator/calls`,
    `  misbehave once:   curl ${url}/__simulator/behaviour --json '{"behaviour": "internal_error", "times": 1}'`,
    `  more libraries:   curl ${url}/__simulator/groups --json '{"generate": 1000}'`,
    '  everything else:  npm run simulator -- --help',
  ].join('\n')
}
