import { appendFileSync, readFileSync } from 'node:fs'

/**
 * Preloaded into the service: records the CPU time of the event loop's thread between two timers, a millisecond or one
 * iteration of the event loop apart. Wall time would include other programs that use the core.
 */
const file = process.env['PAUSES_FILE'] ?? ''
const minRecordedMs = 5

function threadCpuMs(): number {
  return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6
}

let before = threadCpuMs()
setInterval(() => {
  const now = threadCpuMs()
  if (now - before > minRecordedMs) appendFileSync(file, `${now - before}\n`)
  before = threadCpuMs()
}, 1).unref()
