import pino from 'pino'

/**
 * Above `fatal`, so that no LOG_LEVEL but `silent` drops the record of who saw biometric data.
 */
const auditLevel = 70

/** A pino logger with one more level, `audit`: who was shown what. One JSON object per line. */
export type Log = pino.Logger<'audit'> & {
  /** Where its lines go, for those that are rendered elsewhere. */
  readonly destination: LogDestination
}

/** What every line says it comes from. */
export const serviceName = 'face-groups'

export interface LogDestination {
  /** One or more lines, as text or as its UTF-8 bytes, which do not change any more. */
  write(lines: string | Buffer): void
  /** Calls back once what was written before has left the process, or cannot. Absent where nothing waits. */
  flush?(callback: () => void): void
}

export interface LogOptions {
  readonly level: string
  /** Where lines go; standard output by default. */
  readonly destination?: LogDestination
}

export function createLog(options: LogOptions): Log {
  const { level, destination = standardOutput({ onLost: reportLost }) } = options
  const logger: pino.Logger<'audit'> = pino(
    {
      level,
      base: { service: serviceName },
      customLevels: { audit: auditLevel },
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: describeError },
    },
    destination,
  )
  return Object.assign(logger, { destination })

  /** Audit lines may be among them, so that they are missing must be in the log. */
  function reportLost(lines: number): void {
    logger.error({ lines }, 'log lines lost')
  }
}

/** Takes lines that are made already, each ended by a line feed, and writes them where the log's own go. */
export interface LineWriter {
  add(line: string): void
  /** Writes what was added; nothing is written before, unless it is a lot. */
  flush(): void
}

const blockBytes = 65_536

/**
 * Each line becomes bytes when it is added. As one text they would be thousands of pieces by the time they are written,
 * which V8 then has to collect from all over its memory (docs/performance.md).
 */
export function createLineWriter(log: Log): LineWriter {
  let block = Buffer.allocUnsafeSlow(blockBytes)
  let used = 0

  function flush(): void {
    if (used > 0) log.destination.write(block.subarray(0, used))
    block = block.subarray(used)
    used = 0
  }

  return {
    add(line) {
      const atMost = line.length * 3
      if (atMost > block.length - used) {
        flush()
        block = Buffer.allocUnsafeSlow(Math.max(blockBytes, atMost))
      }
      used += block.write(line, used)
    },
    flush,
  }
}

/** What may wait for a reader that has stopped reading; beyond that, lines are dropped. */
const maxWaitingBytes = 16 * 2 ** 20

/**
 * Standard output. A pipe whose reader stopped or died and a full disk lose lines, never the service: Node writes to
 * pipes without blocking, so that the exit waits for no write. `onLost` is called with the number of lines lost once
 * lines can be written again; what is still lost at the exit is counted on standard error.
 */
function standardOutput({ onLost }: { onLost: (lines: number) => void }): LogDestination {
  const { stdout } = process
  const waiting: (string | Buffer)[] = []
  let lost = 0
  // Each failed write says so to its own callback.
  stdout.on('error', () => {})
  process.on('exit', () => {
    const lines = waiting.reduce((sum, some) => sum + linesIn(some), lost)
    if (lines > 0) process.stderr.write(`${lines} log lines lost\n`)
  })
  return {
    write(lines) {
      if (stdout.writableLength > maxWaitingBytes) lost += linesIn(lines)
      else {
        waiting.push(lines)
        stdout.write(lines, (error) => {
          waiting.shift()
          if (error) lost += linesIn(lines)
          else if (lost > 0 && waiting.length === 0) {
            onLost(lost)
            lost = 0
          }
        })
      }
    },
    flush(callback) {
      stdout.write('', () => callback())
    },
  }
}

function linesIn(lines: string | Buffer): number {
  return lines.toString().split('\n').length - 1
}

/**
 * An error as it may stand in a log: its kind, code, and where it came from. The message and further
 * members of an error nobody foresaw may hold anything, a token included, and stay out.
 */
function describeError(error: unknown): Record<string, unknown> {
  if (!isErrorLike(error)) return { kind: typeof error }
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {}
  const stack = error.stack ?? ''
  // The message stands before the frames and may hold lines that look like some.
  const afterMessage = stack.slice(Math.max(0, stack.indexOf(error.message)) + error.message.length)
  const frames = afterMessage.split('\n').filter((line) => /^\s+at /.test(line))
  return { kind: error.name, ...code, at: frames.slice(0, 8).map((line) => line.trim()) }
}

function isErrorLike(error: unknown): error is Error {
  return typeof error === 'object' && error !== null && 'name' in error && 'message' in error
}
