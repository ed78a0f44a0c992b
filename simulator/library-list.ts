import { randomUUID } from 'node:crypto'
import { type Answer } from './failures.js'
import { exampleLibraries, generateLibraries } from './vendor-libraries.js'

/** The account's libraries. */
export type Libraries =
  | 'example'
  | { readonly generate: number; readonly seed?: number | undefined }
  /** Sent unchanged, even if invalid; valid records are `VendorLibrary`. */
  | { readonly groupInfos: readonly unknown[] }

export interface LibraryList {
  set(libraries: Libraries): void
  /** How many libraries there are. */
  size(): number
  /** The success answer, with a new request id. */
  answer(nowSeconds: number, timeUsedMs: number): Answer
}

export function createLibraryList(initial: Libraries): LibraryList {
  let current = load(initial)
  return {
    set(libraries) {
      current = load(libraries)
    },
    size: () => current.size,
    answer(nowSeconds, timeUsedMs) {
      const head = JSON.stringify({ request_id: newRequestId(nowSeconds), time_used: timeUsedMs }).slice(0, -1)
      return {
        status: 200,
        contentType: 'application/json; charset=utf-8',
        body: Buffer.concat([Buffer.from(`${head},"group_infos":`), current.json, Buffer.from('}')]),
      }
    },
  }
}

/** A request id in the vendor's form: Unix seconds, a comma, a UUID. */
export function newRequestId(nowSeconds: number): string {
  return `${nowSeconds},${randomUUID()}`
}

// Serialized once, because serializing 100 000 libraries takes a tenth of a second.
function load(libraries: Libraries): { size: number; json: Buffer } {
  const list = listOf(libraries)
  return { size: list.length, json: Buffer.from(JSON.stringify(list)) }
}

function listOf(libraries: Libraries): readonly unknown[] {
  if (libraries === 'example') return exampleLibraries
  return 'generate' in libraries ? generateLibraries(libraries.generate, libraries.seed) : libraries.groupInfos
}
