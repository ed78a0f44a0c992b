import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { demoAccount } from '../../simulator/finauth-simulator.js'
import type { BuiltService, RunBuilt, Running } from '../support/built-service.js'
import { leakDetector } from '../support/leak-detector.js'

/** The built service as a separate process, listening. */
export interface ServiceProcess extends Running {
  readonly url: string
  readonly adminUrl: string
  /** Every log line so far. */
  logs(): Record<string, unknown>[]
}

/** The minimal environment, in which anyone may read the vendor's list. */
export function environmentFor(vendor: { readonly url: string }): Record<string, string> {
  return {
    HOST: '127.0.0.1',
    PORT: '0',
    ADMIN_PORT: '0',
    FINAUTH_BASE_URL: vendor.url,
    FINAUTH_API_KEY: demoAccount.apiKey,
    FINAUTH_API_SECRET: demoAccount.apiSecret,
    AUTH_MODE: 'none',
  }
}

export async function runService(
  run: RunBuilt,
  built: BuiltService,
  environment: Record<string, string>,
): Promise<ServiceProcess> {
  for (const [name, value] of Object.entries(environment))
    if (/SECRET|_KEY$/.test(name)) leakDetector.forbid(name, value)
  const running = run(built.entryPoint('main.js'), [], environment)
  const [, port, adminPort] = await running.printed(/"port":(\d+),"adminPort":(\d+),"msg":"listening"/)
  return {
    ...running,
    url: `http://127.0.0.1:${port}`,
    adminUrl: `http://127.0.0.1:${adminPort}`,
    logs: () => logLines(running.output()),
  }
}

export function logLines(output: string): Record<string, unknown>[] {
  const lines = output.split('\n').filter((line) => line.startsWith('{'))
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}

export interface Answer {
  readonly status: number
  readonly connection: string | undefined
  readonly body: Record<string, unknown>
}

/** Sends a request; resolves when it has surely arrived. Its answer may take longer. */
export async function begin(service: ServiceProcess, path: string): Promise<{ readonly answer: Promise<Answer> }> {
  const sent = request(service.url + path, { agent: new Agent({ keepAlive: true }) })
  const answer = once(sent, 'response').then(([response]) => read(response as IncomingMessage))
  answer.catch(() => {})
  sent.end()
  await once(sent, 'finish')
  // The service reads requests in order.
  await fetch(`${service.url}/health/live`)
  return { answer }
}

async function read(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk)
  const { statusCode = 0, headers } = response
  return {
    status: statusCode,
    connection: headers.connection,
    body: JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>,
  }
}
