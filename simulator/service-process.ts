import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import pretty from 'pino-pretty'

export interface ServiceProcess {
  /** Resolves with the exit code once it has ended; 128 + 15 and the like where a signal ended it. */
  readonly ended: Promise<number>
  /** Whether it has not ended yet. */
  isRunning(): boolean
  /** Asks it to finish what is in flight and leave. */
  stop(): void
}

const READY_PATIENCE_MS = 30_000
const PROBE_EVERY_MS = 100
const PROBE_PATIENCE_MS = 2_000
const SIGNAL_NUMBERS: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }

/** Runs the service's entry point with the same Node, its log lines made readable. */
export function startServiceProcess(
  entryPoint: string,
  environment: Readonly<Record<string, string | undefined>>,
): ServiceProcess {
  const child = spawn(process.execPath, [entryPoint], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] })
  const readableLog = pretty({
    colorize: process.stdout.isTTY,
    ignore: 'pid,hostname,service',
    customLevels: 'audit:70',
    useOnlyCustomProps: false,
    singleLine: true,
    translateTime: 'HH:MM:ss.l',
  })
  child.stdout.pipe(readableLog)
  return {
    ended: endOf(child),
    isRunning: () => child.exitCode === null && child.signalCode === null,
    stop: () => void child.kill('SIGTERM'),
  }
}

/** Whether the service at `url` said within half a minute that it can answer; false as soon as it has ended. */
export async function waitUntilReady(url: string, service: ServiceProcess): Promise<boolean> {
  const giveUpAt = performance.now() + READY_PATIENCE_MS
  while (service.isRunning() && performance.now() < giveUpAt) {
    if (await answersOk(`${url}/health/ready`)) return true
    await delay(PROBE_EVERY_MS)
  }
  return false
}

async function answersOk(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(PROBE_PATIENCE_MS) })).ok
  } catch {
    return false
  }
}

async function endOf(child: ChildProcess): Promise<number> {
  await once(child, 'exit')
  return child.exitCode ?? 128 + (SIGNAL_NUMBERS[child.signalCode ?? ''] ?? 0)
}
