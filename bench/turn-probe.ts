import { appendFileSync, readFileSync } from 'node:fs'

/**
 * Loaded into the service beside its own code: notes how much CPU time the event loop's thread takes between two looks, a
 * millisecond or one turn apart. By the clock a turn also lasts while other programs have the core.
 */
const file = process.env['TURNS_FILE'] ?? ''
const noteworthyMs = 5

function threadCpuMs(): number {
  return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6
}

let before = threadCpuMs()
setInterval(() => {
  const now = threadCpuMs()
  if (now - before > noteworthyMs) appendFileSync(file, `${now - before}\n`)
  before = threadCpuMs()
}, 1).unref()
