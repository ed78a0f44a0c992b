import { type Environment, loadConfig } from '../../src/config/load-config.js'
import { examine, type RunChecksOptions } from '../../src/doctor/examine.js'
import type { Finding } from '../../src/doctor/report.js'
import { demoAccount } from '../../simulator/finauth-simulator.js'

/** The required configuration, with the demo account and without authentication. */
const leastEnvironment: Environment = {
  FINAUTH_BASE_URL: 'http://127.0.0.1:9',
  FINAUTH_API_KEY: demoAccount.apiKey,
  FINAUTH_API_SECRET: demoAccount.apiSecret,
  AUTH_MODE: 'none',
}

export function configOf(environment: Environment) {
  return loadConfig({ ...leastEnvironment, ...environment })
}

/** Every finding for the environment. */
export async function examined(environment: Environment, options?: RunChecksOptions): Promise<Finding[]> {
  const findings: Finding[] = []
  for await (const finding of examine({ ...leastEnvironment, ...environment }, options)) findings.push(finding)
  return findings
}

/** `name: status`, in order. */
export function statuses(findings: readonly Finding[]): string[] {
  return findings.map(({ name, status }) => `${name}: ${status}`)
}
