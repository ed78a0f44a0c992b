import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import pretty from 'pino-pretty'

export interface ServiceProcess {
  /** Resolves with the exit code when the process has ended; 128 plus the signal number if a signal ended it. */
  readonly ended: Promise<number>
  /** Whether it is still running. */
  isRunning(): boolean
  /** Sends SIGTERM, so that it finishes what is in flight and exits. */
  stop(): void
}

const READY_TIMEOUT_MS = 30_000
const PROBE_EVERY_MS = 100
const PROBE_TIMEOUT_MS = 2_000
const SIGNAL_NUMBERS: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }

/** Runs the service's entry point with the same Node and formats its log lines for reading. */
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

/** Whether the service at `url` became ready within half a minute; false as soon as it has exited. */
export async function waitUntilReady(url: string, service: ServiceProcess): Promise<boolean> {
  const giveUpAt = performance.now() + READY_TIMEOUT_MS
  while (service.isRunning() && performance.now() < giveUpAt) {
    if (await answersOk(`${url}/health/ready`)) return true
    await delay(PROBE_EVERY_MS)
  }
  return false
}

async function answersOk(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) })).ok
  } catch {
    return false
  }
}

async function endOf(child: ChildProcess): Promise<number> {
  await once(child, 'exit')
  return child.exitCode ?? 128 + (SIGNAL_NUMBERS[child.signalCode ?? ''] ?? 0)
}
