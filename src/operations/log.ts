import pino from 'pino'
import { packageVersion } from '../package-file.js'

/**
 * Above `fatal`, so that only LOG_LEVEL `silent` drops the record of who saw biometric data.
 */
const auditLevel = 70

/** A pino logger with one more level, `audit`: who was shown what. One JSON object per line. */
export type Log = pino.Logger<'audit'>

/** Where log lines go. */
export interface LogDestination {
  /** One line, ended by a line feed. */
  write(line: string): void
  /** Calls back once all earlier lines have been written or lost. */
  flush?(callback: () => void): void
}

export interface LogOptions {
  readonly level: string
  /** Default: standard output. */
  readonly destination?: LogDestination
}

/** Creates the logger. Every line contains the service's name and version. */
export function createLog(options: LogOptions): Log {
  const { level, destination = standardOutput(reportDroppedLines) } = options
  const log: Log = pino(
    {
      level,
      base: { service: 'face-groups', version: packageVersion() },
      customLevels: { audit: auditLevel },
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: describeError },
    },
    destination,
  )
  return log

  /** Audit lines may be among them, so the loss must be logged. */
  function reportDroppedLines(lines: number): void {
    log.error({ lines }, 'log lines lost')
  }
}

/** Lines are written together, after this time or at this length. */
const maxBufferedMs = 10
const maxBufferedLength = 16_384

/** Limit of what waits for a reader that stopped reading; further lines are dropped. */
const maxWaitingBytes = 16 * 2 ** 20

/**
 * Buffered standard output. A pipe whose reader stopped or died, and a full disk, lose lines but never block the
 * service or its exit: `process.stdout` writes to pipes without blocking a thread and recovers when a reader returns,
 * which `pino.destination` does not. `onDropped` is called with the number of lines lost once lines can be written
 * again; lines lost at the exit are counted on standard error.
 */
function standardOutput(onDropped: (lines: number) => void): LogDestination {
  const { stdout } = process
  let buffered = ''
  let bufferedLines = 0
  let waiting = 0
  let dropped = 0
  let timer: NodeJS.Timeout | null = null

  function writeBuffered(): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
    const [text, lines] = [buffered, bufferedLines]
    buffered = ''
    bufferedLines = 0
    if (stdout.writableLength > maxWaitingBytes) {
      dropped += lines
      return
    }
    waiting += lines
    stdout.write(text, (error) => {
      waiting -= lines
      if (error) dropped += lines
      else if (dropped > 0 && waiting === 0) {
        onDropped(dropped)
        dropped = 0
      }
    })
  }

  // Each failed write is reported to its own callback.
  stdout.on('error', () => {})
  process.on('exit', () => {
    const lost = dropped + waiting + bufferedLines
    if (lost > 0) process.stderr.write(`${lost} log lines lost\n`)
  })
  return {
    write(line) {
      buffered += line
      bufferedLines += 1
      if (buffered.length >= maxBufferedLength) writeBuffered()
      else timer ??= setTimeout(writeBuffered, maxBufferedMs)
    },
    flush(callback) {
      writeBuffered()
      stdout.write('', () => callback())
    },
  }
}

/**
 * How the log shows an error: kind, code and origin. The message and other members of an unexpected error may contain
 * anything, including a token, and are left out.
 */
function describeError(error: unknown): Record<string, unknown> {
  if (!isErrorLike(error)) return { kind: typeof error }
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {}
  const stack = error.stack ?? ''
  // The message precedes the frames and may contain lines that look like frames.
  const afterMessage = stack.slice(Math.max(0, stack.indexOf(error.message)) + error.message.length)
  const frames = afterMessage.split('\n').filter((line) => /^\s+at /.test(line))
  return { kind: error.name, ...code, at: frames.slice(0, 8).map((line) => line.trim()) }
}

function isErrorLike(error: unknown): error is Error {
  return typeof error === 'object' && error !== null && 'name' in error && 'message' in error
}
