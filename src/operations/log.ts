import pino from 'pino'

/**
 * Above `fatal`, so that no LOG_LEVEL but `silent` drops the record of who saw biometric data.
 */
const auditLevel = 70

/** A pino logger with one more level, `audit`: who was shown what. One JSON object per line. */
export type Log = pino.Logger<'audit'>

/** What every line says it comes from. */
export const serviceName = 'face-groups'

export interface LogDestination {
  /** One or more lines, as text or as its UTF-8 bytes, which do not change any more. */
  write(lines: string | Buffer): void
}

export interface LogOptions {
  readonly level: string
  /** Where lines go; standard output by default. */
  readonly destination?: LogDestination
}

export function createLog({ level, destination }: LogOptions): Log {
  let dropped = 0
  const output = destination ?? standardOutput({ onDrop: () => (dropped += 1), onDrain: confess })
  const log: Log = pino(
    {
      level,
      base: { service: serviceName },
      customLevels: { audit: auditLevel },
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: describeError },
    },
    output,
  )
  return log

  /** Audit lines may be among them, so that they are missing must stand in the log. */
  function confess(): void {
    if (dropped > 0) log.error({ writes: dropped }, 'log lines were lost: their reader had stopped reading')
    dropped = 0
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
  const { [pino.symbols.streamSym]: destination } = log as unknown as Record<symbol, LogDestination>
  let block = Buffer.allocUnsafeSlow(blockBytes)
  let used = 0

  function flush(): void {
    if (used > 0) destination?.write(block.subarray(0, used))
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

/** What may wait for a reader who has stopped reading; beyond that, lines are dropped. */
const maxWaitingBytes = 16 * 2 ** 20

/**
 * Writes without blocking the event loop and without holding lines back longer than the turn they were made in; what
 * is under way is written out when the process exits. A full disk or a closed pipe loses lines, never the service.
 */
function standardOutput(on: { onDrop: () => void; onDrain: () => void }): LogDestination & { flushSync(): void } {
  let turn: Buffer[] = []
  function flush(): void {
    if (turn.length > 0) (destination as unknown as LogDestination).write(Buffer.concat(turn))
    turn = []
  }
  // Before pino's own, which writes out what was handed to it.
  process.on('exit', flush)
  const destination = pino.destination({ fd: 1, sync: false, maxLength: maxWaitingBytes, contentMode: 'buffer' })
  let isFailing = false
  destination.on('error', () => {
    isFailing = true
  })
  destination.on('write', () => {
    isFailing = false
  })
  // Its own tries again for ever, so that on a full disk no process would ever end.
  const flushSync = destination.flushSync.bind(destination)
  destination.flushSync = () => {
    if (!isFailing) flushSync()
  }
  destination.on('drop', on.onDrop)
  destination.on('drain', on.onDrain)
  return {
    // One write for the lines of a turn: one for each would cost more than making them, and could overtake another.
    write(lines) {
      if (turn.length === 0) setImmediate(flush)
      turn.push(typeof lines === 'string' ? Buffer.from(lines) : lines)
    },
    flushSync() {
      flush()
      destination.flushSync()
    },
  }
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
