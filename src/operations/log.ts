import pino, { type DestinationStream } from 'pino'

/**
 * Above `fatal`, so that no LOG_LEVEL but `silent` drops the record of who saw biometric data.
 */
const auditLevel = 70

/** A pino logger with one more level, `audit`: who was shown what. One JSON object per line. */
export type Log = pino.Logger<'audit'>

/** What every line says it comes from. */
export const serviceName = 'face-groups'

export interface LogOptions {
  readonly level: string
  /** Where lines go; standard output by default. */
  readonly destination?: DestinationStream
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

/** Writes lines that are made already, each ended by a line feed, where the log's own go. */
export function writeLines(log: Log, lines: string): void {
  const { [pino.symbols.streamSym]: stream } = log as unknown as Record<symbol, DestinationStream>
  stream?.write(lines)
}

/** What may wait for a reader who has stopped reading; beyond that, lines are dropped. */
const maxWaitingBytes = 16 * 2 ** 20

/**
 * Writes without blocking the event loop and without holding lines back longer than the turn they were made in; what
 * is under way is written out when the process exits. A full disk or a closed pipe loses lines, never the service.
 */
function standardOutput(on: { onDrop: () => void; onDrain: () => void }): DestinationStream & { flushSync(): void } {
  let turn = ''
  function flush(): void {
    if (turn !== '') destination.write(turn)
    turn = ''
  }
  // Before pino's own, which writes out what was handed to it.
  process.on('exit', flush)
  const destination = pino.destination({ fd: 1, sync: false, maxLength: maxWaitingBytes })
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
    // One write for the lines of a turn: one for each would cost more than making them.
    write(line) {
      if (turn === '') setImmediate(flush)
      turn += line
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
