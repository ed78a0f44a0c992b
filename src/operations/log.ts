import pino from 'pino'
import { packageVersion } from '../package-file.js'

/**
 * Above `fatal`, so that no LOG_LEVEL but `silent` drops the record of who saw biometric data.
 */
const auditLevel = 70

/** A pino logger with one more level, `audit`: who was shown what. One JSON object per line. */
export type Log = pino.Logger<'audit'>

/** Where log lines go. */
export interface LogDestination {
  /** One line, ended by a line feed. */
  write(line: string): void
  /** Calls back once what was written before has left the process, or cannot. */
  flush?(callback: () => void): void
}

export interface LogOptions {
  readonly level: string
  /** Default: standard output. */
  readonly destination?: LogDestination
}

/** Every line names the service and its version. */
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

  /** Audit lines may be among them, so the log must say that they are missing. */
  function reportDroppedLines(lines: number): void {
    log.error({ lines }, 'log lines lost')
  }
}

/** Lines are written together, at the latest after so long or when there are so many characters. */
const maxBufferedMs = 10
const maxBufferedLength = 16_384

/** What may wait for a reader that has stopped reading; beyond that, lines are dropped. */
const maxWaitingBytes = 16 * 2 ** 20

/**
 * Standard output, buffered. A pipe whose reader stopped or died, and a full disk, lose lines and never hold up the
 * service or its exit: `process.stdout` writes to pipes without blocking a thread, and goes on when a reader is back,
 * neither of which is so for `pino.destination`. `onDropped` is called with the number of lines lost once lines can be
 * written again; those still lost at the exit are counted on standard error.
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

  // Each failed write reports it to its own callback.
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
 * An error as the log shows it: its kind, code, and where it came from. The message and further members of an
 * unexpected error may hold anything, a token included, and stay out.
 */
function describeError(error: unknown): Record<string, unknown> {
  if (!isErrorLike(error)) return { kind: typeof error }
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {}
  const stack = error.stack ?? ''
  // The message comes before the frames and may hold lines that look like frames.
  const afterMessage = stack.slice(Math.max(0, stack.indexOf(error.message)) + error.message.length)
  const frames = afterMessage.split('\n').filter((line) => /^\s+at /.test(line))
  return { kind: error.name, ...code, at: frames.slice(0, 8).map((line) => line.trim()) }
}

function isErrorLike(error: unknown): error is Error {
  return typeof error === 'object' && error !== null && 'name' in error && 'message' in error
}
